import type { Connection } from '../connection.js'
import { LinkspanError } from '../errors.js'
import { linkOf } from '../inside.js'
import { Membership } from '../membership.js'
import { badOption, MAX_DELAY, whole } from '../option-checks.js'
import { topicKey } from '../topics.js'
import type { Present, RoomWord } from './control.js'
import {
  type PresenceEvent,
  type PresenceListener,
  type PresenceMember,
  PresenceRoom,
  type PresentConnection,
  type RoomOwner,
} from './presence-room.js'
import type { ClusterAnswer } from './questions.js'

/** The longest metadata, in characters of JSON. */
const MAX_META = 4_096

/**
 * Who is in a topic, on all nodes. Somebody with several connections joins and leaves once. A node that dies without a
 * word takes its own with it when its lease is over.
 *
 * @example
 * const room = app.presence('lobby').on('join', ({ subject }) => console.log(subject))
 * room.track(conn, { mood: 'well' })
 */
export interface Presence<Meta = unknown> {
  /**
   * Makes a connection present until it ends, leaves the topic, or is untracked; again: replaces its metadata. Takes
   * effect when it is active.
   *
   * @throws LinkspanError `LINKSPAN_OPTION` for metadata that is no JSON, or more than 4,096 characters of it;
   * `LINKSPAN_SCOPE` for a connection of another scope.
   */
  track(conn: Connection<unknown>, meta?: Meta): void
  untrack(conn: Connection<unknown>): void
  /**
   * Who is there, as far as this node has heard: complete, but for what is on its way, while a connection of it is tracked
   * or somebody listens; else use `members`.
   */
  list(): readonly PresenceMember<Meta>[]
  /**
   * Asks all nodes who is there; those that do not answer within `timeout` milliseconds [2,000] are named.
   *
   * @throws LinkspanError `LINKSPAN_OPTION`
   */
  members(options?: { readonly timeout?: number }): Promise<ClusterAnswer<PresenceMember<Meta>>>
  /** Listeners are synchronous; what one throws is reported as an `error`. */
  on(event: PresenceEvent, listener: PresenceListener<Meta>): this
  off(event: PresenceEvent, listener: PresenceListener<Meta>): this
}

/** What presences need of the node. */
export interface PresenceOwner extends RoomOwner {
  /** Answers whether it is listened to already. */
  want(channel: string): boolean
  unwant(channel: string): void
  presenceChannel(scope: string | undefined, topic: string): string
  /** What all nodes answer who are in a channel. */
  present(channel: string, timeout: number): Promise<ClusterAnswer<PresentThere>>
}

/** A node's own in a room. */
export interface PresentThere {
  readonly node: string
  readonly here: readonly Present[]
}

/** Every topic in which somebody here is present, or listens. */
export class Presences {
  readonly #owner: PresenceOwner
  readonly #rooms = new Map<string, PresenceRoom>()

  constructor(owner: PresenceOwner) {
    this.#owner = owner
  }

  of<Meta>(scope: string | undefined, topic: string): Presence<Meta> {
    topicKey(scope, topic)
    return new TopicPresence(this, scope, topic) as Presence<unknown> as Presence<Meta>
  }

  get owner(): PresenceOwner {
    return this.#owner
  }

  find(channel: string): PresenceRoom | undefined {
    return this.#rooms.get(channel)
  }

  /** The room, from now on listened to. */
  open(channel: string): PresenceRoom {
    let room = this.#rooms.get(channel)
    if (room === undefined) {
      room = new PresenceRoom(this.#owner, channel)
      this.#rooms.set(channel, room)
      // Else it introduces itself when what is said there is heard.
      if (this.#owner.want(channel)) room.introduce()
    }
    return room
  }

  /** Nobody here may need it any more. */
  check(channel: string): void {
    const room = this.#rooms.get(channel)
    if (room?.unused !== true) return
    room.end()
    this.#rooms.delete(channel)
    this.#owner.unwant(channel)
  }

  /** What is said in a room is heard from now on: asks who is there, and tells who is here. */
  listening(channel: string): void {
    this.#rooms.get(channel)?.introduce()
  }

  heard(channel: string, node: string, epoch: number, word: RoomWord): void {
    this.#rooms.get(channel)?.heard(node, epoch, word)
  }

  /** Something may have been missed in a room; without a name, in all. */
  missed(channel: string | undefined): void {
    for (const [name, room] of this.#rooms) if (channel === undefined || name === channel) room.introduce()
  }

  /** Something may have been missed in a room just before it was listened to. */
  suspect(channel: string): void {
    this.#rooms.get(channel)?.suspect()
  }

  lose(node: string, epoch: number): void {
    for (const room of this.#rooms.values()) room.lose(node, epoch)
  }

  /** This node leaves the others. */
  end(): void {
    for (const room of this.#rooms.values()) room.end()
  }

  /** Who of this node is in a room. */
  here(channel: unknown): readonly Present[] {
    return this.#rooms.get(channel as string)?.here ?? []
  }
}

class TopicPresence implements Presence {
  readonly #presences: Presences
  readonly #scope: string | undefined
  readonly #topic: string
  readonly #channel: string

  constructor(presences: Presences, scope: string | undefined, topic: string) {
    this.#presences = presences
    this.#scope = scope
    this.#topic = topic
    this.#channel = presences.owner.presenceChannel(scope, topic)
  }

  track(conn: Connection<unknown>, meta?: unknown): void {
    const link = linkOf(conn)
    const kept = plain(meta)
    if (link.ending) return
    if (link.phase === 'active' && link.scope !== this.#scope) throw foreign()
    link.membership ??= new Membership(link)
    link.membership.track(this.#topic, {
      enter: () => {
        if (link.scope === this.#scope) this.#presences.open(this.#channel).track(link, kept)
        else link.runtime.report(foreign(), link.connection)
      },
      leave: () => {
        this.#presences.find(this.#channel)?.untrack(link)
        this.#presences.check(this.#channel)
      },
    })
  }

  untrack(conn: Connection<unknown>): void {
    linkOf(conn).membership?.untrack(this.#topic)
  }

  list(): readonly PresenceMember[] {
    return this.#presences.find(this.#channel)?.members ?? []
  }

  async members({
    timeout = 2_000,
  }: {
    readonly timeout?: number
  } = {}): Promise<ClusterAnswer<PresenceMember>> {
    whole('timeout', timeout, 1, MAX_DELAY)
    const { results, missingNodes } = await this.#presences.owner.present(this.#channel, timeout)
    const subjects = new Map<string, PresentConnection[]>()
    for (const { node, here } of results) {
      for (const { id, subject, meta } of here) {
        const connections = subjects.get(subject) ?? []
        subjects.set(subject, connections)
        connections.push({ id, node, meta })
      }
    }
    const members = [...subjects].map(([subject, connections]) => ({ subject, connections }))
    return { results: members, missingNodes }
  }

  on(event: PresenceEvent, listener: PresenceListener): this {
    this.#presences.open(this.#channel).observers.on(event, listener)
    return this
  }

  off(event: PresenceEvent, listener: PresenceListener): this {
    this.#presences.find(this.#channel)?.observers.off(event, listener)
    this.#presences.check(this.#channel)
    return this
  }
}

/** Metadata as other nodes will see it. */
function plain(meta: unknown): unknown {
  let text: string | undefined
  try {
    text = JSON.stringify(meta ?? null)
  } catch {
    // Told below.
  }
  if (text === undefined || text.length > MAX_META) {
    throw badOption(`track() takes metadata of at most ${MAX_META} characters of JSON.`)
  }
  return JSON.parse(text)
}

function foreign(): LinkspanError {
  return new LinkspanError(
    'LINKSPAN_SCOPE',
    'a connection is present only in topics of its own scope: use app.scope(its scope).presence(topic).',
  )
}
