/**
 * A session as the store under test hands it back: `StoredSession` of `@linkspan/session`.
 *
 * @example
 * const stored: StoredRecord = { data: '{}', version: 1, ttl: 60_000 }
 */
export interface StoredRecord {
  readonly data: string
  readonly version: number
  /** Milliseconds from now. */
  readonly ttl: number
}

/**
 * A store under test, in the shape of `SessionStore` of `@linkspan/session`.
 *
 * @example
 * const store: StoreUnderTest = memoryStore()
 */
export interface StoreUnderTest {
  load(id: string): Promise<StoredRecord | undefined>
  save(
    id: string,
    data: string,
    options: { readonly version: number; readonly ttl: number },
  ): Promise<'saved' | 'conflict' | 'gone'>
  touch(id: string, ttl: number): Promise<boolean>
  destroy(id: string): Promise<boolean>
}
