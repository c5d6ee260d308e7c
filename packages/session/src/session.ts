import type { Frozen } from './values.js'

/**
 * The session of a connection, in `conn.data.session`. Connections of one process that present the same id share one
 * session object. The id is a secret: it shows neither in `JSON.stringify(session)` nor in a log of it.
 *
 * A change is seen at once by whoever holds the session here, and written a little later. Values are what JSON makes of
 * them, and frozen.
 *
 * @example
 * const { session } = conn.data
 * session.set('cart', [...(session.get('cart') ?? []), 'apple'])
 */
export interface Session<Values extends object> {
  /** What the client presents to get this session again. Another one after `regenerate`. */
  readonly id: string
  /** When it expires unless it is extended, in milliseconds since the Unix epoch. */
  readonly expiresAt: number
  /** Whether it was destroyed, here or elsewhere, or has expired. */
  readonly ended: boolean
  get<Key extends keyof Values>(key: Key): Frozen<Values[Key]>
  /**
   * Replaces one value. Another node's changes of other keys stay.
   *
   * @throws LinkspanError `LINKSPAN_SESSION` where the session has ended, would be larger than `maxSize`, holds what JSON
   * cannot, or 1,000 changes wait for a store that is down.
   */
  set<Key extends keyof Values>(key: Key, value: Required<Values>[Key]): void
  /**
   * Changes values by what they are: `update` gets a copy, which it may change, and answers the new values. Where another
   * node wrote meanwhile, it runs again upon what that node wrote: it must do nothing but answer.
   *
   * @throws LinkspanError as `set`; and whatever `update` throws
   */
  update(update: (values: Values) => Values): void
  /**
   * Writes now what was changed. Rejects with a LinkspanError where the store failed; it is then tried again later.
   */
  flush(): Promise<void>
  /**
   * Ends the session, everywhere: nothing is written to it any more. Its connections in this process close with 4001
   * (see `whenEnded`), others when they next write or extend it. Rejects with a LinkspanError where the store failed; it
   * is then tried again later, and nobody gets the session here in between.
   */
  destroy(): Promise<void>
  /**
   * Moves the session to a new id and destroys the old one: after a login, so that nobody who knew the old id comes in.
   * During the handshake the new id goes out as the cookie. On a live connection no cookie can be set any more: hand the
   * answered id over yourself. Rejects with a LinkspanError where the store failed; the old id then stays.
   */
  regenerate(): Promise<string>
}
