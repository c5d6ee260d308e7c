import { type Authenticated, CloseCode, type Connection, type End, type Middleware } from '@linkspan/core'
import { onRenewal } from './renewal-hooks.js'

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
}

/**
 * Middleware that lets in whom a policy allows; others get 403, or 4003 where 101 is out. The policy is asked again when
 * the identity is renewed: whom it does not allow any more is closed with 4003.
 *
 * Stands behind what authenticates; elsewhere it does not compile. A policy that throws refuses with 500.
 *
 * @example
 * app.use(jwt({ secret })).use(authorize(anyOf(hasRole('admin'), can('chat'))))
 */
export function authorize<Data extends Authenticated = Authenticated>(
  policy: Policy<Data>,
  options: AuthorizeOptions<Data> = {},
): Middleware<Data, {}> {
  return (conn, next) => {
    const decide = (action: Decision<Data>['action'], answer: boolean): boolean => {
      const allowed = answer === true
      options.onDecision?.({ conn, action, target: conn.request.path, allowed })
      return allowed
    }
    const enter = (answer: boolean): Promise<End<{}>> => {
      if (!decide('connect', answer)) return conn.reject({ status: 403 })
      onRenewal(conn, () => {
        const again = policy(conn)
        return typeof again === 'object' ? again.then(stay) : stay(again)
      })
      return next()
    }
    const stay = (answer: boolean): boolean => {
      const allowed = decide('renew', answer)
      if (!allowed) conn.close(CloseCode.forbidden, 'no longer allowed')
      return allowed
    }
    const answer = policy(conn)
    return typeof answer === 'object' ? answer.then(enter) : enter(answer)
  }
}
