import type { Connection } from '../connection.js'
import type { LinkspanError } from '../errors.js'
import type { Event } from '../event.js'
import type { Events } from '../events.js'
import type { Message } from '../message.js'
import type { Handled } from '../middleware.js'
import type { LifecycleState } from '../state.js'
import type { Payload } from './transport.js'

/** Goes around the handling of one message: calls `handle` once, within the call, and answers what it answers. */
export type AroundMessage = (handle: () => Handled) => Handled

/**
 * What a middleware of the pipeline has decided: to hand on (`next`), to refuse (with the status and reason of the
 * refusal), or that it `failed`, with the code of the error; `ended` is one that returned without `next()`.
 *
 * @example
 * const step: Step = { name: 'jwt', index: 1, decision: 'refused', duration: 3, status: 401, reason: 'expired' }
 */
export interface Step {
  /** The function's name; `''` where it has none. */
  readonly name: string
  /** Which one it is, in the order in which they began: from 0. */
  readonly index: number
  readonly decision: 'next' | 'refused' | 'failed' | 'ended'
  /** Milliseconds since it began. */
  readonly duration: number
  /** The HTTP status, unless it is `next`. */
  readonly status?: number
  readonly reason?: string
}

/**
 * How a handshake went: the connection is active (`opened`); it was `refused`, with an HTTP status and our close code;
 * or it was over before it was answered (`aborted`): the client went away, or the socket was cut.
 *
 * @example
 * const outcome: Outcome = { outcome: 'refused', duration: 4, status: 401, code: 4010, reason: 'no token' }
 */
export interface Outcome {
  readonly outcome: 'opened' | 'refused' | 'aborted'
  /** Milliseconds since the upgrade request arrived. */
  readonly duration: number
  readonly status?: number
  readonly code?: number
  readonly reason?: string
}

/**
 * What became of the traffic of a connection: reading from its peer was `paused`, since its handler is behind, and
 * `resumed`; or the peer, after back-pressure, has `drained` what waited for it.
 */
export type Flow = 'paused' | 'resumed' | 'drained'

/**
 * Watches one connection, or many at once. It is told of things as they happen; what is not implemented costs nothing. What
 * a watcher throws is reported as `LINKSPAN_LISTENER`, and disturbs neither the connection nor other watchers.
 *
 * @example
 * const bytes: Watcher = { received: (conn, message) => counted.add(message.size) }
 */
export interface Watcher {
  /** The pipeline is about to run: call `run` once, within the call, in the ambient context that it is to have. */
  handshake?(conn: Connection<never>, run: () => void): void
  /**
   * The innermost `next()` was called, and the ambient context there is captured for handlers, hooks and releases (where
   * the application has a `context`): call `capture` once, within the call, in the context that they are to have.
   */
  context?(conn: Connection<never>, capture: () => void): void
  /** A middleware has decided. Those within `pipeline()` are told one by one, and it after them. */
  step?(conn: Connection<never>, step: Step): void
  /** The handshake is over. Exactly once a connection. */
  admitted?(conn: Connection<never>, outcome: Outcome): void
  /** The machine was told of an event: what went in, and where that led. */
  input?(conn: Connection<never>, event: Event, from: LifecycleState, to: LifecycleState): void
  /** A message arrived. */
  received?(conn: Connection<never>, message: Message): void
  /**
   * A message is about to be handled: answers what is to go around that, if anything. What it answers runs in the ambient
   * context of the connection, this itself does not.
   */
  message?(conn: Connection<never>, message: Message): AroundMessage | undefined
  /** A message was handed to the transport. */
  sent?(conn: Connection<never>, data: Payload): void
  /** What reads or writes has stopped, or goes on. */
  flow?(conn: Connection<never>, flow: Flow): void
  /** A ping went out. `missed`: the one before it has not been answered. */
  pinged?(conn: Connection<never>, missed: boolean): void
  /** The pong to it came after `rtt` milliseconds. */
  ponged?(conn: Connection<never>, rtt: number): void
  /**
   * The application is told of an event, whether somebody listens or not; `details` is what follows the connection; of
   * an `error`, the error.
   */
  event?(conn: Connection<never>, event: ConnectionEvent, details: readonly unknown[]): void
}

/** The events that are about a connection. */
export type ConnectionEvent = Exclude<keyof Events, 'broker' | 'gap' | 'node'>

/**
 * What is published to other nodes: a message to a topic of a scope, one to everybody, or an event of `app.emit`.
 *
 * @example
 * const about: Publication = { topic: 'lobby', scope: undefined, event: undefined, bytes: 12 }
 */
export interface Publication {
  readonly topic: string | undefined
  readonly scope: string | undefined
  readonly event: string | undefined
  readonly bytes: number
}

/**
 * Sees what an application goes through, as it happens: for traces, metrics and recordings. Added by `app.observe`.
 *
 * @example
 * app.observe({ watch: (conn) => (conn.request.path === '/admin' ? recorder : undefined) })
 */
export interface Observer {
  /** A connection has come: answers what is to be told of it, if anything. Asked once, before anything else happens. */
  watch?(conn: Connection<never>): Watcher | undefined
  /** An error was reported: of a connection, or of none. What this throws is logged, and reported to nobody. */
  failed?(error: LinkspanError, conn: Connection<never> | undefined): void
  /** Something is about to be published: answers what is to travel with it, as few short strings. */
  inject?(about: Publication): Readonly<Record<string, string>> | undefined
  /**
   * Something that travelled with such strings has arrived from `node`: call `deliver` once, within the call, in the
   * ambient context that its delivery is to have.
   */
  extract?(
    headers: Readonly<Record<string, string>>,
    about: Publication,
    node: string,
    deliver: () => void,
  ): void
}
