import { Observers } from '../events.js'
import type { Link } from '../link.js'
import type { Clock } from '../ports/clock.js'
import { PART, type Present, type RoomWord } from './control.js'
import { life, lived } from './roster.js'

/**
 * One connection of somebody who is present.
 *
 * @example
 * const { id, node, meta } = member.connections[0]
 */
export interface PresentConnection<Meta = unknown> {
  /** The connection's. */
  readonly id: string
  readonly node: string
  /** What `track` was given, as JSON gives it back. */
  readonly meta: Meta
}

/**
 * Somebody who is present, once, with all connections.
 *
 * @example
 * for (const { subject, connections } of app.presence('lobby').list()) console.log(subject, connections.length)
 */
export interface PresenceMember<Meta = unknown> {
  /** The identity's, or the connection's id where nobody authenticated. */
  readonly subject: string
  readonly connections: readonly PresentConnection<Meta>[]
}

/** `join`: the first connection came. `leave`: the last one went. `update`: another one came or went, or said something new. */
export type PresenceEvent = 'join' | 'leave' | 'update'

/**
 * What can be listened to, and with what.
 *
 * @example
 * const greet: PresenceListener = ({ subject }) => console.log(subject)
 */
export type PresenceListener<Meta = unknown> = (member: PresenceMember<Meta>) => void

/** What a room needs of its node. */
export interface RoomOwner {
  readonly node: string
  readonly epoch: number
  readonly clock: Clock
  /** Whether what other nodes say arrives. */
  readonly hearing: boolean
  /** To all nodes that listen to a channel. */
  say(channel: string, word: RoomWord): void
  listenerThrew(event: string, thrown: unknown): void
}

/** Milliseconds in which a node that is asked who is there has to answer. */
const CONFIRM = 5_000
/** Milliseconds in which several nodes may be heard for the first time, and are asked once. */
const SUSPECT = 1_000
/** Milliseconds in which several nodes may ask who is here, and are answered once. */
const SOON = 50

/** Who is present in one topic, as far as this node knows: its own connections, and those that other nodes told of. */
export class PresenceRoom {
  readonly observers: Observers<Record<PresenceEvent, PresenceListener>>
  readonly #owner: RoomOwner
  readonly #channel: string
  readonly #here = new Map<string, Present>()
  /** By the life of a node, and the connection's id. */
  readonly #there = new Map<string, Map<string, Present>>()
  /** Lives of nodes that were asked who is there, and have not answered. */
  readonly #asked = new Set<string>()
  /** What those have told so far that are not done: the connections' ids. */
  readonly #telling = new Map<string, Set<string>>()
  #deadline: unknown
  readonly #subjects = new Map<string, Map<string, PresentConnection>>()
  /** Somebody has asked, and will be answered. */
  #answering: unknown
  #suspecting: unknown

  constructor(owner: RoomOwner, channel: string) {
    this.#owner = owner
    this.#channel = channel
    this.observers = new Observers((event, thrown) => owner.listenerThrew(event, thrown))
  }

  /** Whether nobody here needs it. */
  get unused(): boolean {
    const { observers } = this
    return (
      this.#here.size === 0 && !(['join', 'leave', 'update'] as const).some((event) => observers.has(event))
    )
  }

  get members(): readonly PresenceMember[] {
    return [...this.#subjects].map(([subject, connections]) => ({
      subject,
      connections: [...connections.values()],
    }))
  }

  /** Those of this node. */
  get here(): readonly Present[] {
    return [...this.#here.values()]
  }

  track(link: Link, meta: unknown): void {
    const one: Present = { id: link.id, subject: link.identity?.subject ?? link.id, meta }
    this.#here.set(one.id, one)
    // Before listeners hear of it: what they do follows it.
    this.#say({ type: 'joined', one })
    this.#add(this.#owner.node, this.#owner.epoch, one)
  }

  untrack(link: Link): void {
    const one = this.#here.get(link.id)
    if (one === undefined) return
    this.#here.delete(link.id)
    this.#say({ type: 'left', id: link.id })
    this.#remove(this.#owner.node, this.#owner.epoch, one)
  }

  /** What another node says about its own connections. */
  heard(node: string, epoch: number, word: RoomWord): void {
    switch (word.type) {
      case 'joined':
        return this.#came(node, epoch, word.one)
      case 'left':
        return this.#went(node, epoch, word.id)
      case 'present':
        this.#asked.delete(life(node, epoch))
        return this.#told(node, epoch, word)
      case 'who':
        return this.#answer()
    }
  }

  /** Tells who is here, and asks who is there: what was said before may have been missed, on either side. */
  introduce(): void {
    const { clock } = this.#owner
    this.#say({ type: 'who' })
    this.#tell()
    clock.clearTimeout(this.#deadline)
    for (const there of this.#there.keys()) this.#asked.add(there)
    if (this.#asked.size > 0) this.#deadline = clock.setTimeout(() => this.#doubt(), CONFIRM)
  }

  /** Something may have been missed, and may not: introduces itself in a while, once for all who are new. */
  suspect(): void {
    const { clock } = this.#owner
    this.#suspecting ??= clock.setTimeout(() => {
      this.#suspecting = undefined
      this.introduce()
    }, SUSPECT)
  }

  /** Nobody here needs it any more. */
  end(): void {
    for (const timer of [this.#deadline, this.#answering, this.#suspecting])
      this.#owner.clock.clearTimeout(timer)
  }

  /** A node's life is over. */
  lose(node: string, epoch: number): void {
    const key = life(node, epoch)
    this.#keep(node, epoch, new Set())
    this.#there.delete(key)
    this.#asked.delete(key)
    this.#telling.delete(key)
  }

  /** Who is in a room answers: those that do not have left, and we missed it. Unless nobody can be heard. */
  #doubt(): void {
    if (!this.#owner.hearing) return
    for (const one of [...this.#asked]) {
      const { node, epoch } = lived(one)
      this.lose(node, epoch)
    }
  }

  #say(word: RoomWord): void {
    this.#owner.say(this.#channel, word)
  }

  #tell(): void {
    let before = 0
    let part: Present[] = []
    let size = 0
    for (const one of this.here) {
      const more = JSON.stringify(one).length
      if (part.length > 0 && size + more > PART) {
        this.#say({ type: 'present', all: part, before, last: false })
        before += part.length
        part = []
        size = 0
      }
      part.push(one)
      size += more
    }
    this.#say({ type: 'present', all: part, before, last: true })
  }

  #answer(): void {
    this.#answering ??= this.#owner.clock.setTimeout(() => {
      this.#answering = undefined
      if (this.#here.size > 0) this.#tell()
    }, SOON)
  }

  #came(node: string, epoch: number, one: Present): void {
    const key = life(node, epoch)
    let entries = this.#there.get(key)
    if (entries === undefined) {
      entries = new Map()
      this.#there.set(key, entries)
    }
    const before = entries.get(one.id)
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(one)) return
    entries.set(one.id, one)
    this.#add(node, epoch, one)
  }

  #went(node: string, epoch: number, id: string): void {
    const entries = this.#there.get(life(node, epoch))
    const one = entries?.get(id)
    if (one === undefined) return
    entries?.delete(id)
    this.#remove(node, epoch, one)
  }

  /** Those that are in none of the parts have left, and we missed it. Where a part is missing, it is asked for again. */
  #told(node: string, epoch: number, { all, before, last }: RoomWord & { type: 'present' }): void {
    const key = life(node, epoch)
    const ids = before === 0 ? new Set<string>() : this.#telling.get(key)
    this.#telling.delete(key)
    for (const one of all) this.#came(node, epoch, one)
    if (ids?.size !== before) return
    for (const { id } of all) ids.add(id)
    if (last) this.#keep(node, epoch, ids)
    else this.#telling.set(key, ids)
  }

  /** These are left of a node's, and no others. */
  #keep(node: string, epoch: number, ids: ReadonlySet<string>): void {
    for (const id of [...(this.#there.get(life(node, epoch))?.keys() ?? [])]) {
      if (!ids.has(id)) this.#went(node, epoch, id)
    }
  }

  #add(node: string, epoch: number, { id, subject, meta }: Present): void {
    const connections = this.#subjects.get(subject)
    const connection: PresentConnection = { id, node, meta }
    const key = `${life(node, epoch)}/${id}`
    if (connections === undefined) {
      this.#subjects.set(subject, new Map([[key, connection]]))
      this.observers.emit('join', { subject, connections: [connection] })
      return
    }
    connections.set(key, connection)
    this.observers.emit('update', { subject, connections: [...connections.values()] })
  }

  #remove(node: string, epoch: number, { id, subject }: Present): void {
    const connections = this.#subjects.get(subject) as Map<string, PresentConnection>
    connections.delete(`${life(node, epoch)}/${id}`)
    const event = connections.size === 0 ? 'leave' : 'update'
    if (connections.size === 0) this.#subjects.delete(subject)
    this.observers.emit(event, { subject, connections: [...connections.values()] })
  }
}
