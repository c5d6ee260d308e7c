import type { Connection } from './connection.js'
import { LinkspanError } from './errors.js'
import { badOption } from './option-checks.js'

/**
 * Whether a connection may do something with a topic. Synchronous: what it needs is in the connection's identity and data.
 *
 * @example
 * const ownRoom: TopicCheck<unknown> = (conn, topic) => topic === `room:${conn.identity?.subject}`
 */
export type TopicCheck<Data> = (conn: Connection<Data>, topic: string) => boolean

/**
 * Who may be in a topic, and who may send to it. What is left out is allowed.
 *
 * @example
 * app.topics('room:*', { join: can('room:read'), publish: can('room:write') })
 */
export interface TopicPolicy<Data> {
  readonly join?: TopicCheck<Data>
  /** For `conn.to(topic).send(…)`. What the server itself sends with `app.to` is not asked about. */
  readonly publish?: TopicCheck<Data>
}

/** What is asked of a topic's policy. */
export type TopicAction = keyof TopicPolicy<unknown>

interface Rule {
  readonly pattern: string
  readonly policy: TopicPolicy<never>
}

/** The policies of an application's topics. All that match have to allow. */
export class TopicPolicies {
  readonly #rules: Rule[] = []

  /** @throws LinkspanError `LINKSPAN_OPTION` for a `*` that is not at the end. */
  add(pattern: string, policy: TopicPolicy<never>): void {
    if (pattern === '' || pattern.slice(0, -1).includes('*')) {
      throw badOption('topics() takes the name of a topic, or how names begin, followed by one *.')
    }
    this.#rules.push({ pattern, policy })
  }

  /** `undefined` where no policy has anything to say. */
  allow(action: TopicAction, conn: Connection<never>, topic: string): boolean | undefined {
    let answer: boolean | undefined
    for (const { pattern, policy } of this.#rules) {
      const check = policy[action]
      if (check === undefined || !matches(pattern, topic)) continue
      if (check(conn, topic) !== true) return false
      answer = true
    }
    return answer
  }
}

function matches(pattern: string, topic: string): boolean {
  return pattern.endsWith('*') ? topic.startsWith(pattern.slice(0, -1)) : topic === pattern
}

/** What a denied `join` or `send` throws: uncaught, it ends the connection with 4003. */
export function forbidden(action: TopicAction): LinkspanError {
  return new LinkspanError(
    'LINKSPAN_FORBIDDEN',
    // Clients name topics, and what they say ends up in no log: the `access` event has the name.
    `this connection may not ${action === 'join' ? 'join' : 'send to'} this topic: its policy says no. Catch this to answer the client.`,
  )
}
