/**
 * A session as a store hands it back.
 *
 * @example
 * const stored: StoredSession = { data: '{"v":{}}', version: 1, ttl: 60_000 }
 */
export interface StoredSession {
  /** Exactly the text that was saved last. */
  readonly data: string
  /** How often it was saved: 1 after the first time. */
  readonly version: number
  /** How long it lives from now, in milliseconds, more than 0. A span, so that no two machines compare their clocks. */
  readonly ttl: number
}

/**
 * What a save depends on.
 *
 * @example
 * await store.save(id, data, { version: stored.version, ttl: 60_000 })
 */
export interface SaveOptions {
  /** The version that the writer has read; 0 to make a session that is not there yet. */
  readonly version: number
  /** How long it lives from now, in whole milliseconds, 1 or more. */
  readonly ttl: number
}

/**
 * What became of a save. `'saved'`: the version went up by one. `'conflict'`: the store has another version; nothing was
 * written. `'gone'`: the writer knew a version, and there is no session any more; nothing was written.
 */
export type SaveResult = 'saved' | 'conflict' | 'gone'

/**
 * Where sessions are kept. Certify an implementation with `describeStore` of `@linkspan/testing`.
 *
 * An id is an opaque, case-sensitive string and so is the data, which may hold any Unicode text; a store looks into
 * neither. Every call settles within a deadline of the store's own, also while its backend hangs, and rejects where the
 * backend failed. What it rejects with carries neither ids nor data: it ends up in logs. An id that a store cannot tell
 * from another one, it rejects.
 *
 * @example
 * const store: SessionStore = redisStore(redis)
 * app.use(session({ store }))
 */
export interface SessionStore {
  /** The session, or `undefined` where there is none, or its time is over. */
  load(id: string): Promise<StoredSession | undefined>
  /**
   * Writes, in one atomic step, where the store's version is the one given; and sets the time that is left to `ttl`. Of
   * any number of parallel saves of one version exactly one is `'saved'`. What was destroyed, or has expired, stays so:
   * a save of it is `'gone'`.
   */
  save(id: string, data: string, options: SaveOptions): Promise<SaveResult>
  /** Sets the time that is left, and changes nothing else, the version included. Answers whether there is such a session. */
  touch(id: string, ttl: number): Promise<boolean>
  /** Removes it. Answers whether it was there; asked again, it does nothing. */
  destroy(id: string): Promise<boolean>
}
