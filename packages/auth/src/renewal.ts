import {
  type Authenticated,
  type Clock,
  type Connection,
  type Identity,
  MAX_DELAY,
  type Message,
  type MessageMiddleware,
  named,
  Rejection,
  type Sendable,
  systemClock,
  whole,
} from '@linkspan/core'
import { rechecked } from './rechecked.js'
import { RenewalBudget } from './renewal-budget.js'
import { outcomeWithin } from './renewal-deadline.js'
import { tokenIn } from './renewal-message.js'

/**
 * How a renewal ended. `refused`: the token is not good (`invalid`), or nobody could tell (`unavailable`: `cause` is what
 * the verifier threw, `undefined` where it took too long). Either way the old lease goes on.
 *
 * @example
 * const said: RenewalOutcome = { type: 'renewed', expiresAt: 1_767_225_600_000 }
 */
export type RenewalOutcome =
  | { readonly type: 'renewed'; readonly expiresAt: number | undefined }
  | { readonly type: 'refused'; readonly why: 'invalid' | 'unavailable'; readonly cause?: unknown }

/**
 * What `renewal` can be told. Times are in milliseconds.
 *
 * @example
 * renewal({ tokens, match: (message) => (message.size > 0 && message.kind === 'binary' ? message.text() : undefined) })
 */
export interface RenewalOptions<Data> {
  /** Who verifies tokens: `jwt(…)`, or whatever has a `verify` that rejects with a `Rejection` below 500 for a bad one. */
  readonly tokens: { verify(token: string): Promise<Identity> }
  /**
   * Finds the token in a renewal, and answers `undefined` for any other message. It is asked of every message.
   * Default: text of JSON that begins with its type, `{"type":"renew","token":"…"}`, up to `maxSize`.
   */
  readonly match?: (message: Message) => string | undefined
  /** Bytes of the longest message that is looked at as a renewal. Default: 16,384. */
  readonly maxSize?: number
  /**
   * What the client is answered; `undefined`: nothing. Default: `{"type":"renewed","expiresAt":…}`, or
   * `{"type":"renewal-refused","why":"invalid"}`, with `"unavailable"` where it may try again with the same token.
   */
  readonly answer?: (outcome: RenewalOutcome, conn: Connection<Data>) => Sendable | undefined
  /** Bad tokens in a row until the connection is closed with 4010. Default: 3. */
  readonly failures?: number
  /** Renewals, good or bad, that one connection may try in `per`; one more closes it with 4101. Default: 10. */
  readonly attempts?: number
  /** Default: 60,000. */
  readonly per?: number
  /** How long a verification may take; then it is `unavailable`. Default: 3,000. */
  readonly timeout?: number
  /** Hears how renewals end, for metrics and logs; nothing of the token is in it. Default: none. */
  readonly onOutcome?: (conn: Connection<Data>, outcome: RenewalOutcome) => void
  readonly clock?: Clock
}

/**
 * Message middleware that renews a connection's lease with a fresh token which the client sends on it. Any other message
 * goes on, untouched.
 *
 * A good token replaces the identity (`conn.renew`), and what `authorize` and `revocation` decided in the handshake is
 * decided again. A token of another subject or tenant closes with 4003. Messages behind a renewal wait for it, so that
 * they are judged by the identity they were sent with. A verification that is under way when the connection closes is
 * discarded. Who does not renew in time is closed with 4200 by the core.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 *
 * @example
 * const tokens = jwt({ secret })
 * app.use(tokens).message(renewal({ tokens })).message((conn, message) => { conn.send(message) })
 */
export function renewal<Data extends Authenticated = Authenticated>(
  options: RenewalOptions<Data>,
): MessageMiddleware<Data> {
  const { tokens, answer = usualAnswer, onOutcome, clock = systemClock } = options
  const maxSize = whole('maxSize', options.maxSize ?? 16_384, 1, MAX_DELAY)
  const timeout = whole('timeout', options.timeout ?? 3_000, 1, MAX_DELAY)
  const limits = {
    failures: whole('failures', options.failures ?? 3, 1, MAX_DELAY),
    attempts: whole('attempts', options.attempts ?? 10, 1, MAX_DELAY),
    per: whole('per', options.per ?? 60_000, 1, MAX_DELAY),
  }
  const match = options.match ?? ((message) => tokenIn(message, maxSize))
  const budgets = new WeakMap<object, RenewalBudget>()

  const tell = (conn: Connection<Data>, outcome: RenewalOutcome): void => {
    onOutcome?.(conn, outcome)
    const said = answer(outcome, conn)
    if (said !== undefined) conn.send(said)
  }

  const renew = async (conn: Connection<Data>, token: string): Promise<void> => {
    const budget = budgets.get(conn) ?? new RenewalBudget(limits, clock)
    budgets.set(conn, budget)
    if (!budget.attempt()) conn.reject({ status: 429, reason: 'too many renewals' })
    const verified = await outcomeWithin(() => tokens.verify(token), timeout, clock, conn.signal)
    if (conn.state !== 'active') return
    if (verified.kind === 'done') {
      extend(conn, verified.value)
      if (!(await rechecked(conn))) return
      budget.succeeded()
      tell(conn, { type: 'renewed', expiresAt: verified.value.expiresAt })
      return
    }
    const cause = verified.kind === 'failed' ? verified.error : undefined
    const invalid = cause instanceof Rejection && cause.status < 500
    if (!invalid) return tell(conn, { type: 'refused', why: 'unavailable', cause })
    const again = budget.failed()
    tell(conn, { type: 'refused', why: 'invalid', cause })
    if (!again) conn.reject({ status: 401, reason: 'too many bad tokens' })
  }

  return named('renewal', (conn, message, next) => {
    const token = match(message)
    if (token === undefined) return next()
    // Said before the connection ended: there is nothing left to renew.
    return conn.state === 'active' ? renew(conn, token) : undefined
  })
}

function extend(conn: Connection<unknown>, fresh: Identity): void {
  const { identity } = conn
  // The client's doing, and no error of the application: so not by what `renew` throws.
  if (fresh.subject !== identity?.subject || fresh.tenant !== identity.tenant) {
    conn.reject({ status: 403, reason: 'a renewal is for the same subject' })
  }
  conn.renew(fresh)
}

function usualAnswer(outcome: RenewalOutcome): string {
  return outcome.type === 'renewed'
    ? JSON.stringify({ type: 'renewed', expiresAt: outcome.expiresAt })
    : JSON.stringify({ type: 'renewal-refused', why: outcome.why })
}
