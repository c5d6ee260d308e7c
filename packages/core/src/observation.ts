import { runWithin } from './around.js'
import type { Connection } from './connection.js'
import { type LinkspanError, wrap } from './errors.js'
import type { Observer, Publication, Watcher } from './ports/observer.js'
import type { Runtime } from './runtime.js'
import { Watched } from './watched.js'

const utf8 = new TextEncoder()
const decoder = new TextDecoder()
const THREW = 'an observer threw: observers must not.'

/** The observers of one application. While there is none, nothing is asked and nothing is made. */
export class Observation {
  readonly #runtime: Runtime
  #observers: readonly Observer[] = []

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Answers what ends it for connections that come later, and for what is published. */
  add(observer: Observer): () => void {
    this.#observers = [...this.#observers, observer]
    return () => {
      this.#observers = this.#observers.filter((one) => one !== observer)
    }
  }

  /** Whoever wants to be told of a connection. */
  watch(conn: Connection<never>): Watched | undefined {
    if (this.#observers.length === 0) return undefined
    // Each connection keeps its own: arrays that are pushed to, or spread into, have room for more than they hold.
    let watchers: readonly Watcher[] = []
    for (const observer of this.#observers) {
      const watcher = this.#guard(() => observer.watch?.(conn))
      if (watcher !== undefined) watchers = watchers.concat([watcher])
    }
    return watchers.length === 0 ? undefined : new Watched(this.#runtime, conn, watchers)
  }

  /** Tells of an error. What is thrown then is only logged: reported, it might go on for ever. */
  failed(error: LinkspanError, conn: Connection<never> | undefined): void {
    for (const observer of this.#observers) {
      try {
        observer.failed?.(error, conn)
      } catch (thrown) {
        this.#runtime.journal.error(wrap('LINKSPAN_LISTENER', THREW, thrown), conn)
      }
    }
  }

  /** What is to travel with something published, as JSON. */
  inject(about: Publication): Uint8Array | undefined {
    let headers: Record<string, string> | undefined
    for (const observer of this.#observers) {
      const more = this.#guard(() => observer.inject?.(about))
      if (more !== undefined) headers = { ...headers, ...more }
    }
    return headers === undefined ? undefined : utf8.encode(JSON.stringify(headers))
  }

  /** Delivers something that has arrived, within what the observers put around it. */
  extract(
    headers: Uint8Array | undefined,
    about: () => Publication,
    node: string,
    deliver: () => void,
  ): void {
    const carried = headers === undefined || this.#observers.length === 0 ? undefined : read(headers)
    if (carried === undefined) return deliver()
    const publication = about()
    runWithin(
      this.#observers,
      deliver,
      (observer, inner) => observer.extract?.(carried, publication, node, inner),
      (thrown) => this.#threw(thrown),
    )
  }

  #guard<Answer>(call: () => Answer): Answer | undefined {
    try {
      return call()
    } catch (thrown) {
      this.#threw(thrown)
      return undefined
    }
  }

  #threw(thrown: unknown): void {
    this.#runtime.report(wrap('LINKSPAN_LISTENER', THREW, thrown), undefined)
  }
}

/** `undefined` for what no node of ours has written. */
function read(headers: Uint8Array): Readonly<Record<string, string>> | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(headers))
    if (typeof value !== 'object' || value === null) return undefined
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    )
  } catch {
    return undefined
  }
}
