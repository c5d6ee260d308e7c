import { EventEmitter } from 'eventemitter3'
import type { TopicAction } from './access.js'
import type { CloseInfo } from './close.js'
import type { Connection } from './connection.js'
import type { LinkspanError } from './errors.js'
import type { Authenticated, Identity } from './identity.js'
import { promiseOf } from './inbox.js'
import type { HeartbeatOptions } from './pace.js'
import type { BrokerStatus } from './ports/broker.js'
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
  /** The engine between the nodes answers, is late, or cannot be reached; then with what it said. */
  broker: (change: { status: BrokerStatus; error: LinkspanError | undefined }) => void
  /**
   * What other nodes published did not arrive, and will not: so many messages of a node on a topic. Without a topic it may
   * be any; without a number nobody knows how many. Tell those concerned to load what they may have missed.
   */
  gap: (gap: {
    topic: string | undefined
    scope: string | undefined
    node: string | undefined
    missed: number | undefined
  }) => void
  /**
   * Another node of this application was heard of, or is gone: it said so, or was silent for its lease; then its last words
   * may be missing.
   */
  node: (change: { node: string; epoch: number; joined: boolean }) => void
  /** The credentials end `in` milliseconds from now. */
  expiring: (conn: Connection<Data>, lease: { expiresAt: number; in: number }) => void
}

/** What can be listened to: a function an event. */
type Listeners<All> = { readonly [Event in keyof All]: (...args: never[]) => void }

/** Calls listeners one by one, so that one which throws silences no other. */
export class Observers<All extends Listeners<All> = Events> {
  readonly #emitter = new EventEmitter()
  readonly #onThrow: (event: keyof All & string, thrown: unknown) => void

  constructor(onThrow: (event: keyof All & string, thrown: unknown) => void) {
    this.#onThrow = onThrow
  }

  on(event: keyof All & string, listener: (...args: never[]) => void): void {
    this.#emitter.on(event, listener as (...args: unknown[]) => void)
  }

  off(event: keyof All & string, listener: (...args: never[]) => void): void {
    this.#emitter.off(event, listener as (...args: unknown[]) => void)
  }

  /** Whether anybody listens: what is costly to tell need not be made otherwise. */
  has(event: keyof All & string): boolean {
    return this.count(event) > 0
  }

  /** How many listen. */
  count(event: keyof All & string): number {
    return this.#emitter.listenerCount(event)
  }

  emit<E extends keyof All & string>(event: E, ...args: Parameters<All[E]>): void {
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
