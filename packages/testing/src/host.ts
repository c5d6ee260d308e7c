import type { Linkspan } from '@linkspan/core'
import type { Attempt, ConnectOptions } from './peer.js'
import type { SocketTarget } from './socket-attempt.js'

/**
 * A server, or what stands for one, that an application runs on for the time of one test.
 *
 * @example
 * const host: TestHost = await memoryHost(app)
 */
export interface TestHost {
  /** Starts a client. */
  connect(options?: ConnectOptions): Attempt
  /** Where it listens, for clients that write every byte themselves. Absent where there is no socket. */
  readonly listensAt?: SocketTarget
  /** Ends the server and every socket that is left. */
  close(): Promise<void>
}

/** Puts an application on a server of its own, reachable at every path. */
export type HostFactory = (app: Linkspan<unknown>) => Promise<TestHost>

/**
 * What a transport can do. Everything is expected unless declared otherwise; a behaviour that needs what is not there
 * is not run, and reported as skipped.
 *
 * @example
 * const supports: Supports = { ...FULL_SUPPORT, pause: false }
 */
export interface Supports {
  /** Reading from the socket can be paused. */
  readonly pause: boolean
  /** A close frame with the RFC's code goes out before the socket is cut for a violation. */
  readonly violationFrame: boolean
  /** Every kind of violation is told apart (else only 1007 and 1009 are; the rest is 1006, or goes unnoticed). */
  readonly violationCodes: boolean
  /** Bytes that arrive before the 101 are kept. */
  readonly earlyBytes: boolean
  /** Close codes 1012-1014 and 3000-3999 of the peer arrive as they are. */
  readonly allPeerCodes: boolean
  /** Whether the peer answered our close frame is known. */
  readonly closeAnswer: boolean
  /** Requests that are no HTTP/1.1 reach the adapter (else the server answers them, or cuts them, by itself). */
  readonly malformedHttp: boolean
  /** There is a byte stream under it: raw frames, malformed requests, half-open sockets. */
  readonly rawFrames: boolean
}

/** A transport that can do everything. */
export const FULL_SUPPORT: Supports = {
  pause: true,
  violationFrame: true,
  violationCodes: true,
  earlyBytes: true,
  allPeerCodes: true,
  closeAnswer: true,
  malformedHttp: true,
  rawFrames: true,
}
