import type { CloseInfo } from './close.js'
import type { Identity, IdentityOf } from './identity.js'
import type { Message } from './message.js'
import type { SendResult } from './outbox.js'
import type { Heartbeat } from './pace.js'
import type { RejectionInit } from './rejection.js'
import type { HandshakeRequest } from './request.js'
import type { LifecycleState } from './state.js'
import type { Audience } from './topics.js'

/** What can be sent: text, bytes, or a message that came in, as it is. Bytes are not to be changed after the call. */
export type Sendable = string | Uint8Array | ArrayBuffer | Message

/**
 * One connection, from the arrival of its upgrade request until nothing of it is left. `Data` is what middleware has
 * added to `conn.data`.
 *
 * @example
 * app.message((conn, message) => { conn.send(`you are ${conn.identity?.subject ?? 'nobody'}`) })
 */
export interface Connection<Data> {
  /** Unique among all nodes; public, so no secret. */
  readonly id: string
  readonly state: LifecycleState
  readonly request: HandshakeRequest
  /** The subprotocol, `''` when none was chosen. */
  readonly protocol: string
  /** What carries it: `ws`, `express`, `fastify`, `koa`, `uws`, `memory`; `''` where that has no name. */
  readonly via: string
  /** What middleware handed to `next({...})`, by value. */
  readonly data: Readonly<Data>
  readonly identity: IdentityOf<Data>
  /** Aborted when closing begins. Made on first use. */
  readonly signal: AbortSignal
  /** Resolves, never rejects, when the connection is closed. */
  readonly closed: Promise<CloseInfo>
  /** Resolves, never rejects, to `true` when it becomes active, to `false` when it ends before. Made on first use. */
  readonly opened: Promise<boolean>
  readonly topics: ReadonlySet<string>
  /** Bytes that wait for the peer, here and in the transport. */
  readonly bufferedAmount: number
  /** Messages that wait for the handler. */
  readonly backlog: number
  /** The latest round trip of a heartbeat in milliseconds; `undefined` before the first. */
  readonly rtt: number | undefined
  /** The heartbeat's pace and what it has measured; `undefined` before active, and where there is none. */
  readonly heartbeat: Heartbeat | undefined
  /** Milliseconds since the peer was last heard of, to 1/512 of the heartbeat's interval; 0 before active. */
  readonly idle: number
  /**
   * Settles who this is. Once, before the pipeline ends.
   *
   * @throws LinkspanError `LINKSPAN_STATE` the second time, `LINKSPAN_CLOSED` after closing began,
   * `LINKSPAN_IDENTITY` for an identity without a subject.
   */
  authenticate(identity: Identity): void
  /**
   * Replaces the identity by a fresher one of the same subject and tenant.
   *
   * @throws LinkspanError `LINKSPAN_IDENTITY` for somebody else (uncaught, that closes with 4003), `LINKSPAN_CLOSED`
   * after closing began, `LINKSPAN_STATE` before `authenticate`.
   */
  renew(identity: Identity): void
  /**
   * Has `hook` decide again, after each renewal, what was decided by the identity: it runs within `renew`, when the fresh
   * identity is there, behind those registered before it. What it throws, or rejects with, ends the connection as if a
   * handler had thrown it (a `Rejection` by its code, anything else with 1011), and no further hook runs; `renew` itself
   * does not throw it. Hooks end with the connection; after closing began this does nothing.
   */
  onRenewed(hook: () => void | Promise<void>): void
  /**
   * Refuses the connection: write `return conn.reject(...)`.
   *
   * @throws Rejection always; that is how it leaves the middleware.
   */
  reject(rejection: RejectionInit): never
  /**
   * Adds a header to the answer of the handshake, be it the 101 or the refusal. `set-cookie` may be given several times;
   * of others, the last one counts.
   *
   * @throws LinkspanError `LINKSPAN_HEADER` for what HTTP cannot carry, or the handshake sets itself; `LINKSPAN_STATE`
   * once the answer is out, `LINKSPAN_CLOSED` after closing began.
   */
  setHeader(name: string, value: string): void
  /**
   * Answers 101 before the pipeline has ended, for authentication in band. Still `connecting`; `handshakeTimeout` begins
   * anew, for what is left of the pipeline.
   */
  accept(): Promise<void>
  /**
   * The next message, between `accept()` and active. `timeout` in milliseconds, default 3,000; it ends with
   * `handshakeTimeout`, too, if that is over first.
   *
   * @throws Rejection when the time is over: uncaught, that closes with 4010.
   */
  read(options?: { readonly timeout?: number }): Promise<Message>
  /** Sends one message. Before active it waits, and then goes first. */
  send(data: Sendable): SendResult
  /** Resolves when the outbox is empty and the transport takes more at once; or when the connection closes. */
  drained(): Promise<void>
  /**
   * Enters a topic; before active, that takes effect with it.
   *
   * @throws LinkspanError `LINKSPAN_FORBIDDEN` where the topic's policy says no: uncaught, that closes with 4003.
   */
  join(topic: string): void
  leave(topic: string): void
  /** Everybody in a topic but this connection. Sending throws `LINKSPAN_FORBIDDEN` where the topic's policy says no. */
  to(topic: string): Audience
  /**
   * Runs `release` once when the connection is over, the last one registered first; at once if it already is. `name` is
   * how `app.resources()` lists it; default: the function's.
   */
  defer(release: () => void | Promise<void>, name?: string): void
  /**
   * Closes it: default 1000. Before the 101, refuses it with the HTTP status of that code.
   *
   * @throws LinkspanError `LINKSPAN_CLOSE_CODE` for a code that must not be sent; nothing is closed then.
   */
  close(code?: number, reason?: string): void
  /** Cuts the socket, without a closing handshake. */
  terminate(): void
  /** Closes it, with 1000, and waits until it is closed: for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}
