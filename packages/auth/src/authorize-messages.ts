import {
  type Authenticated,
  type Connection,
  type Message,
  type MessageMiddleware,
  named,
} from '@linkspan/core'
import type { Decision } from './authorize.js'

/**
 * Whether a connection may have a message handled. Only `true` lets it through.
 *
 * @example
 * const small: MessagePolicy<unknown> = (_conn, message) => message.size < 1_024
 */
export type MessagePolicy<Data> = (conn: Connection<Data>, message: Message) => boolean | Promise<boolean>

/**
 * What `authorizeMessages` can be told.
 *
 * @example
 * authorizeMessages(can('chat:write'), { onDenied: (conn) => { conn.send('{"type":"denied"}') } })
 */
export interface AuthorizeMessagesOptions<Data> {
  /** What a message that is denied gets: `'close'` is 4003, a function answers it. Default: `'close'`. */
  readonly onDenied?: 'close' | ((conn: Connection<Data>, message: Message) => void | Promise<void>)
  /** Hears of every decision, before it takes effect. What it throws ends the connection with 1011. Default: none. */
  readonly onDecision?: (decision: Decision<Data, Message>) => void
}

/**
 * Message middleware that hands on what a policy allows. A message that is denied reaches no handler further in, and is
 * never passed over in silence: it ends the connection with 4003, or is answered.
 *
 * The policy is asked of every message, so a renewed identity counts from the next one on. Where it answers at once, it
 * costs no promise.
 *
 * @example
 * app.message(authorizeMessages(can('chat:write'))).message((conn, message) => { conn.to('lobby').send(message) })
 */
export function authorizeMessages<Data extends Authenticated = Authenticated>(
  policy: MessagePolicy<Data>,
  { onDenied = 'close', onDecision }: AuthorizeMessagesOptions<Data> = {},
): MessageMiddleware<Data> {
  return named('authorizeMessages', (conn, message, next) => {
    const settle = (answer: boolean): void | Promise<void> => {
      const allowed = answer === true
      onDecision?.({ conn, action: 'message', target: message, allowed })
      if (allowed) return next()
      return onDenied === 'close' ? conn.reject({ status: 403 }) : onDenied(conn, message)
    }
    const answer = policy(conn, message)
    return typeof answer === 'object' ? answer.then(settle) : settle(answer)
  })
}
