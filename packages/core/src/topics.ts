import type { Connection, Sendable } from './connection.js'
import { LinkspanError } from './errors.js'
import { linkOf } from './inside.js'
import type { Link } from './link.js'
import { Message, notSendable } from './message.js'
import type { SendResult } from './outbox.js'

/** The longest topic, and the longest scope, in UTF-16 units. */
export const MAX_TOPIC = 512
const utf8 = new TextEncoder()
const NOBODY: ReadonlySet<Link> = new Set()

/** Whether topics can be confined to it: two that are not the same never look the same to an engine. */
export function isScope(scope: unknown): scope is string {
  return typeof scope === 'string' && scope.length <= MAX_TOPIC && scope.isWellFormed()
}

/**
 * The one name of a topic inside the SDK: (scope, topic) without ambiguity, so that no topic of one scope can be named
 * from another one, whatever its characters.
 *
 * @throws LinkspanError `LINKSPAN_TOPIC` for a name that is empty, too long, or not well-formed Unicode, `LINKSPAN_SCOPE`
 * for such a scope; but that may be empty.
 */
export function topicKey(scope: string | undefined, topic: string): string {
  if (typeof topic !== 'string' || topic === '' || topic.length > MAX_TOPIC || !topic.isWellFormed()) {
    throw new LinkspanError(
      'LINKSPAN_TOPIC',
      `a topic is a string of 1 to ${MAX_TOPIC} characters of well-formed Unicode. Put anything longer through a hash.`,
    )
  }
  if (scope !== undefined && !isScope(scope)) {
    throw new LinkspanError(
      'LINKSPAN_SCOPE',
      `a scope is a string of at most ${MAX_TOPIC} characters of well-formed Unicode.`,
    )
  }
  return scope === undefined ? `:${topic}` : `${scope.length}:${scope}:${topic}`
}

/** What an unscoped call about a topic throws where topics belong to scopes. */
export function unscoped(): LinkspanError {
  return new LinkspanError(
    'LINKSPAN_SCOPE',
    "this app's topics belong to scopes: use app.scope(name).to(topic).",
  )
}

/** Who is in which topic, on this node. A topic exists while somebody is in it. */
export class Topics {
  readonly #members = new Map<string, Set<Link>>()

  get size(): number {
    return this.#members.size
  }

  members(key: string): ReadonlySet<Link> {
    return this.#members.get(key) ?? NOBODY
  }

  /** Answers whether it is the first there. */
  join(key: string, member: Link): boolean {
    const members = this.#members.get(key)
    if (members === undefined) this.#members.set(key, new Set([member]))
    else members.add(member)
    return members === undefined
  }

  /** Answers whether it was the last there. */
  leave(key: string, member: Link): boolean {
    const members = this.#members.get(key)
    return members?.delete(member) === true && members.size === 0 && this.#members.delete(key)
  }
}

/**
 * Those whom a message is for.
 *
 * @example
 * app.to('lobby').except(conn).send('somebody came in')
 */
export interface Audience {
  /** The same without one connection. */
  except(conn: Connection<unknown>): Audience
  /**
   * Sends to everybody active, on all nodes. Each outbox has its own bound; a slow one holds up nobody else. Answers what
   * became of it on its way to other nodes: `sent`, `queued` while the engine cannot be reached, `dropped` where too much
   * waits for it, `closed` when this application has been drained. Connections of this node get it in any case.
   */
  send(data: Sendable): SendResult
}

/** What an audience consists of. */
export interface Listening {
  /** Those of this node, at the time of sending. */
  members(): Iterable<Link>
  /** Sends to all other nodes. */
  publish(payload: Uint8Array | ArrayBuffer, binary: boolean): SendResult
}

/** Makes an audience of whoever listens at the time of sending. */
export function audience(listening: Listening, excluded: ReadonlySet<Link> = NOBODY): Audience {
  return {
    except: (conn) => audience(listening, new Set([...excluded, linkOf(conn)])),
    send: (data) => {
      const members = listening.members()
      const [payload, binary] = encodeOnce(data)
      for (const member of members) if (!excluded.has(member)) member.deliver(payload, binary)
      return listening.publish(payload, binary)
    },
  }
}

/** Text is turned into bytes once, not once for each receiver. */
function encodeOnce(data: Sendable): [Uint8Array | ArrayBuffer, boolean] {
  if (typeof data === 'string') return [utf8.encode(data), false]
  if (data instanceof Uint8Array || data instanceof ArrayBuffer) return [data, true]
  if (!(data instanceof Message)) throw notSendable()
  return [data.raw(), data.kind === 'binary']
}
