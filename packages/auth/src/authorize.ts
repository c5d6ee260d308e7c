import {
  type Authenticated,
  type Clock,
  type Connection,
  type End,
  MAX_DELAY,
  type Middleware,
  named,
  Rejection,
  systemClock,
  whole,
  within,
} from '@linkspan/core'
import { decideLater } from './rechecked.js'

/**
 * Whether a connection may be here. Only `true` lets it in.
 *
 * @example
 * const paying: Policy<Authenticated & { plan: string }> = (conn) => conn.data.plan !== 'free'
 */
export type Policy<Data> = (conn: Connection<Data>) => boolean | Promise<boolean>

/**
 * One decision, for an audit trail. `action` is what was asked for: `connect` in the handshake, `renew` when the identity
 * was renewed, `message` for a message; `target` is the path without its query, or the message.
 *
 * @example
 * const audit = ({ conn, action, allowed }: Decision<Authenticated>): void => {
 *   trail.write({ subject: conn.identity.subject, action, allowed })
 * }
 */
export interface Decision<Data, Target = string> {
  readonly conn: Connection<Data>
  readonly action: 'connect' | 'renew' | 'message'
  readonly target: Target
  readonly allowed: boolean
}

/**
 * What `authorize` can be told.
 *
 * @example
 * authorize(can('chat'), { onDecision: ({ action, allowed }) => decisions.inc({ action, allowed }) })
 */
export interface AuthorizeOptions<Data> {
  /** Hears of every decision, before it takes effect. What it throws refuses: nothing passes without its trace. Default: none. */
  readonly onDecision?: (decision: Decision<Data>) => void
  /**
   * How long a policy that answers a promise may take after a renewal, in milliseconds; then the connection closes with
   * 1013. In the handshake it is the application's `handshakeTimeout` that counts. Default: 3,000.
   */
  readonly timeout?: number
  readonly clock?: Clock
}

/**
 * Middleware that lets in whom a policy allows; others get 403, or 4003 where 101 is out. The policy is asked again
 * whenever the identity is renewed: whom it does not allow any more is closed with 4003.
 *
 * Stands behind what authenticates; elsewhere it does not compile. A policy that throws refuses with 500, and closes with
 * 1011 after a renewal.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 *
 * @example
 * app.use(jwt({ secret })).use(authorize(anyOf(hasRole('admin'), can('chat'))))
 */
export function authorize<Data extends Authenticated = Authenticated>(
  policy: Policy<Data>,
  options: AuthorizeOptions<Data> = {},
): Middleware<Data, {}> {
  const { clock = systemClock } = options
  const timeout = whole('timeout', options.timeout ?? 3_000, 1, MAX_DELAY)
  const late = (): Error => new Rejection({ status: 503, reason: 'the policy took too long' })
  return named('authorize', (conn, next) => {
    const decide = (action: Decision<Data>['action'], answer: boolean): boolean => {
      const allowed = answer === true
      options.onDecision?.({ conn, action, target: conn.request.path, allowed })
      return allowed
    }
    const enter = (answer: boolean): Promise<End<{}>> => {
      if (!decide('connect', answer)) return conn.reject({ status: 403 })
      conn.onRenewed(() => {
        const again = policy(conn)
        if (typeof again !== 'object') return stay(again)
        const decision = within(clock, timeout, again, late, conn.signal).then(stay)
        decideLater(conn, decision)
        return decision
      })
      return next()
    }
    const stay = (answer: boolean): void => {
      if (!decide('renew', answer)) conn.reject({ status: 403, reason: 'no longer allowed' })
    }
    const answer = policy(conn)
    return typeof answer === 'object' ? answer.then(enter) : enter(answer)
  })
}
