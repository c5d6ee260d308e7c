import type { SessionStore } from '@linkspan/core'
import type { StoreHost, StoreSupports } from './host.js'

/** One thing that every store does. */
export interface StoreBehaviour {
  readonly name: string
  readonly needs?: keyof StoreSupports
  run(host: StoreHost): Promise<void>
}

/** Behaviours that belong together. */
export interface StoreChapter {
  readonly title: string
  readonly behaviours: readonly StoreBehaviour[]
}

/** Long enough not to end within a test. */
export const LONG = 60_000
/** How long to wait for an end, in milliseconds of real time. */
const PATIENCE = 5_000
/** Short enough to wait for, and long enough not to end while a busy machine gets from one line to the next. */
export const SHORT = 1_000

/** A session id like those that the session middleware makes. */
export function freshId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')
}

/** A new session; its id. */
export async function made(store: SessionStore, data = 'first', ttl: number = LONG): Promise<string> {
  const id = freshId()
  const result = await store.save(id, data, { version: 0, ttl })
  if (result !== 'saved') throw new Error(`a new session was not saved: ${result}`)
  return id
}

/** Lets the time of a session of {@link SHORT} pass; fails where it is still there. */
export async function expired({ store, advance }: StoreHost, id: string): Promise<void> {
  if (advance === undefined) return untilGone(store, id)
  await advance(SHORT)
  if ((await store.load(id)) !== undefined) throw new Error('the session has not expired')
}

/** Asks again and again, each time after the last answer. */
async function untilGone(store: SessionStore, id: string): Promise<void> {
  const deadline = performance.now() + PATIENCE
  while ((await store.load(id)) !== undefined) {
    if (performance.now() > deadline) throw new Error(`after ${PATIENCE} ms the session has not expired`)
  }
}
