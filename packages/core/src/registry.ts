import type { Connection } from './connection.js'
import type { Link } from './link.js'
import type { Topics } from './topics.js'
import { topicKey, unscoped } from './topics.js'

/**
 * What connections are looked for by; several at once narrow it down.
 *
 * @example
 * app.connections.by({ subject: 'ada', topic: 'lobby' })
 */
export interface ConnectionQuery {
  readonly subject?: string
  readonly tenant?: string
  readonly topic?: string
  readonly address?: string
}

/**
 * The connections of one node, from the arrival of their upgrade request until they are closed.
 *
 * @example
 * for (const conn of app.connections.by({ subject: 'ada' })) conn.close(4000)
 */
export interface Connections<Data> extends Iterable<Connection<Data>> {
  readonly size: number
  get(id: string): Connection<Data> | undefined
  /** A snapshot: safe to close what is in it while going through it. */
  by(query: ConnectionQuery): readonly Connection<Data>[]
}

type Key = 'subject' | 'tenant' | 'address'

const KEY_OF: { readonly [K in Key]: (link: Link) => string | undefined } = {
  subject: (link) => link.identity?.subject,
  tenant: (link) => link.identity?.tenant,
  address: (link) => link.request.address,
}

/** Every connection by its number, and by whatever was once asked for: an index costs nothing until its first query. */
export class Registry implements Connections<never> {
  readonly #links = new Map<number, Link>()
  readonly #indexes = new Map<Key, Map<string, Set<Link>>>()
  readonly #serialIn: (id: string) => number
  readonly #topics: Topics
  readonly #scoped: boolean

  /** `scoped`: topics belong to scopes, and have no meaning without one. */
  constructor(serialIn: (id: string) => number, topics: Topics, scoped: boolean) {
    this.#serialIn = serialIn
    this.#topics = topics
    this.#scoped = scoped
  }

  get size(): number {
    return this.#links.size
  }

  get(id: string): Connection<never> | undefined {
    const link = this.#links.get(this.#serialIn(id))
    return link?.id === id ? link.connection : undefined
  }

  *[Symbol.iterator](): Iterator<Connection<never>> {
    for (const link of this.#links.values()) yield link.connection
  }

  links(): Iterable<Link> {
    return this.#links.values()
  }

  by(query: ConnectionQuery): readonly Connection<never>[] {
    return this.find(query).map((link) => link.connection)
  }

  /** An empty query finds nothing, so that none closes everybody by mistake. */
  find({ topic, ...query }: ConnectionQuery): Link[] {
    const keys = (Object.keys(KEY_OF) as Key[]).filter((key) => query[key] !== undefined)
    const sets = keys.map((key) => this.#index(key).get(query[key] as string))
    if (topic !== undefined) {
      if (this.#scoped) throw unscoped()
      sets.push(this.#topics.members(topicKey(undefined, topic)) as Set<Link>)
    }
    const [first, ...others] = sets
    if (first === undefined) return []
    return [...first].filter((link) => others.every((set) => set?.has(link)))
  }

  add(link: Link): void {
    this.#links.set(link.serial, link)
    this.index(link, 'address')
  }

  remove(link: Link): void {
    this.#links.delete(link.serial)
    for (const [key, index] of this.#indexes) {
      const value = KEY_OF[key](link)
      const links = value === undefined ? undefined : index.get(value)
      if (links?.delete(link) && links.size === 0) index.delete(value as string)
    }
  }

  /** The key's value has become known. */
  index(link: Link, key: Key): void {
    const index = this.#indexes.get(key)
    if (index !== undefined) put(index, KEY_OF[key](link), link)
  }

  #index(key: Key): Map<string, Set<Link>> {
    let index = this.#indexes.get(key)
    if (index === undefined) {
      index = new Map()
      for (const link of this.#links.values()) put(index, KEY_OF[key](link), link)
      this.#indexes.set(key, index)
    }
    return index
  }
}

function put(index: Map<string, Set<Link>>, value: string | undefined, link: Link): void {
  if (value === undefined) return
  const links = index.get(value)
  if (links === undefined) index.set(value, new Set([link]))
  else links.add(link)
}
