import { EventEmitter } from 'eventemitter3'
import type { TopicAction } from './access.js'
import type { CloseInfo } from './close.js'
import type { Connection } from './connection.js'
import type { LinkspanError } from './errors.js'
import type { Authenticated, Identity } from './identity.js'
import { promiseOf } from './inbox.js'
import type { HeartbeatOptions } from './pace.js'
import type { LifecycleState } from './state.js'

/**
 * The data of a connection that may have ended before middleware added it: every key may be missing, and nobody may
 * have authenticated.
 *
 * @example
 * app.on('close', (conn) => console.log(conn.data.profile?.name ?? 'somebody who was refused'))
 */
export type Early<Data> = Partial<Omit<Data, keyof Authenticated>>

/**
 * What an application can observe. Listeners are synchronous; what one throws is caught and reported as an `error`.
 *
 * @example
 * app.on('close', (conn, info) => console.log(conn.id, info.code))
 */
export interface Events<Data = unknown> {
  transition: (conn: Connection<Early<Data>>, change: { from: LifecycleState; to: LifecycleState }) => void
  /** It became active. */
  open: (conn: Connection<Data>) => void
  /** Exactly one for every connection that was ever `connecting`, refused ones too. */
  close: (conn: Connection<Early<Data>>, info: CloseInfo) => void
  reject: (conn: Connection<Early<Data>>, rejection: { status: number; code: number; reason: string }) => void
  /** With no listener it goes to the logger. */
  error: (error: LinkspanError, conn: Connection<Early<Data>> | undefined) => void
  /** A message was dropped: one we did not handle (`in`), or did not send (`out`). */
  drop: (
    conn: Connection<Early<Data>>,
    what: { direction: 'in' | 'out'; reason: string; bytes: number },
  ) => void
  /** The peer reads more slowly than we send; `buffered` bytes wait. */
  backpressure: (conn: Connection<Data>, state: { buffered: number }) => void
  /** A topic's policy has decided. */
  access: (
    conn: Connection<Early<Data>>,
    decision: { action: TopicAction; topic: string; allowed: boolean },
  ) => void
  /** The identity was extended, with `conn.renew`. */
  renewed: (conn: Connection<Early<Data>>, identity: { before: Identity; after: Identity }) => void
  /** An adaptive heartbeat has changed its pace. */
  heartbeat: (conn: Connection<Data>, change: { from: HeartbeatOptions; to: HeartbeatOptions }) => void
  /** The credentials end `in` milliseconds from now. */
  expiring: (conn: Connection<Data>, lease: { expiresAt: number; in: number }) => void
}

/** Calls listeners one by one, so that one which throws silences no other. */
export class Observers {
  readonly #emitter = new EventEmitter()
  readonly #onThrow: (event: keyof Events, thrown: unknown) => void

  constructor(onThrow: (event: keyof Events, thrown: unknown) => void) {
    this.#onThrow = onThrow
  }

  on(event: keyof Events, listener: (...args: never[]) => void): void {
    this.#emitter.on(event, listener as (...args: unknown[]) => void)
  }

  off(event: keyof Events, listener: (...args: never[]) => void): void {
    this.#emitter.off(event, listener as (...args: unknown[]) => void)
  }

  /** Whether anybody listens: what is costly to tell need not be made otherwise. */
  has(event: keyof Events): boolean {
    return this.#emitter.listenerCount(event) > 0
  }

  emit<E extends keyof Events>(event: E, ...args: Parameters<Events[E]>): void {
    if (this.#emitter.listenerCount(event) === 0) return
    for (const listener of this.#emitter.listeners(event)) {
      try {
        const answer = (listener as (...args: unknown[]) => void)(...args)
        promiseOf(answer)?.catch((thrown: unknown) => this.#onThrow(event, thrown))
      } catch (thrown) {
        this.#onThrow(event, thrown)
      }
    }
  }
}
