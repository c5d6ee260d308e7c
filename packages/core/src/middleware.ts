import type { CloseInfo } from './close.js'
import type { Connection } from './connection.js'
import type { Authenticated } from './identity.js'
import type { Message } from './message.js'
import type { SendResult } from './outbox.js'

declare const ADDED: unique symbol

/**
 * The end of a connection, as `next` answers it. Branded with what was handed to `next`, so that the types know it, and
 * so that a middleware which forgets to return it does not compile.
 *
 * @example
 * const end = await next()
 * return end
 */
export interface End<Added> extends CloseInfo {
  readonly [ADDED]: Added
}

/**
 * Runs the rest of the pipeline, and then the connection. `added` is merged into `conn.data`, by value. Whoever has
 * authenticated says so with the type alone: `next<Authenticated>()`, `next<Authenticated & { plan: string }>({ plan })`.
 *
 * @example
 * return next({ profile })
 */
export interface Next {
  <Added extends object>(added: Added): Promise<End<Added>>
  (): Promise<End<{}>>
  <Added extends Authenticated>(
    ...added: Handed<object & Omit<Added, keyof Authenticated>>
  ): Promise<End<Added>>
}

/** An argument that may be left out where nothing in it is required. */
type Handed<Added> = {} extends Added ? [added?: Added] : [added: Added]

/**
 * Wraps the whole life of a connection: what stands before `next()` runs during the handshake, `await next()` lasts as
 * long as the connection, what stands after it runs once, however the connection ended.
 *
 * @example
 * const timed: Middleware<unknown, {}> = async (conn, next) => {
 *   const end = await next()
 *   console.log(conn.id, end.duration)
 *   return end
 * }
 */
export type Middleware<In, Added> = (conn: Connection<In>, next: Next) => Promise<End<Added>>

/**
 * Wraps the handling of one message. Without an `await` it costs no promise.
 *
 * @example
 * const echo: MessageMiddleware<unknown> = (conn, message) => { conn.send(message) }
 */
export type MessageMiddleware<Data> = (
  conn: Connection<Data>,
  message: Message,
  next: () => void | Promise<void>,
) => // biome-ignore lint/suspicious/noConfusingVoidType: it is a return type, and functions without one fit it.
void | SendResult | Promise<unknown>

/** `Data` after something was added: a key added again replaces the earlier one. */
export type Merge<Data, Added> = Omit<Data, keyof Added> & Added

/**
 * What handling a message answers: nothing that matters, so that `(conn, message) => conn.send(message)` does too.
 *
 * @example
 * const answer = (conn: Connection<unknown>): Handled => conn.send('thanks')
 */
export type Handled = ReturnType<MessageMiddleware<never>>
