import type { Linkspan } from './app.js'

/**
 * What `attach` has put on a server, to take it off again.
 *
 * @example
 * const attachment = attach(server, app, { path: '/chat' })
 * attachment.detach()
 */
export interface Attachment {
  /**
   * Sends it no more upgrades. The last attachment of a server that is detached takes our listener off; those of others
   * stay. uWebSockets.js cannot take routes away: there they yield to whatever else the server has at their paths, or to
   * its own 404. Connections and handshakes under way go on. A second call does nothing.
   */
  detach(): void
  /**
   * Detaches, and drains every application that it has served, with the defaults of `app.drain()`; resolves when their
   * connections are closed. One that another attachment still serves is left as it is: a drained application lets nobody
   * in any more, wherever it is served. `upgrade(app)` without `attach` does not count.
   */
  [Symbol.asyncDispose](): Promise<void>
}

// How many attachments serve an application; also those of other copies of this module, and of other transports.
const ATTACHMENTS = Symbol.for('@linkspan/attachments')

type Counted = Linkspan<unknown> & { [ATTACHMENTS]?: number }

/**
 * An attachment, and the applications that are served through it: what an adapter's `attach` answers.
 *
 * @example
 * const attachment = new Served(() => routes.delete(route))
 * attachment.serves(app)
 */
export class Served implements Attachment {
  readonly #apps = new Set<Linkspan<unknown>>()
  #remove: (() => void) | undefined

  /** `remove` takes its route off the server. */
  constructor(remove: () => void) {
    this.#remove = remove
  }

  /** An application has been reached through it; told again, it does nothing. */
  serves(app: Linkspan<unknown>): void {
    if (this.#apps.has(app)) return
    this.#apps.add(app)
    if (this.#remove !== undefined) count(app, attachmentsOf(app) + 1)
  }

  detach(): void {
    const remove = this.#remove
    if (remove === undefined) return
    this.#remove = undefined
    remove()
    for (const app of this.#apps) count(app, attachmentsOf(app) - 1)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.detach()
    const ours = [...this.#apps].filter((app) => attachmentsOf(app) === 0)
    await Promise.all(ours.map((app) => app.drain()))
  }
}

function attachmentsOf(app: Counted): number {
  return app[ATTACHMENTS] ?? 0
}

function count(app: Counted, attachments: number): void {
  // Not among what is printed of an application.
  Object.defineProperty(app, ATTACHMENTS, { value: attachments, configurable: true })
}
