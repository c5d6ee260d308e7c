import type { CloseInfo, ErrorCode, LinkspanOptions, MessageMiddleware, Middleware } from '@linkspan/core'
import type { Supports } from '../host.js'
import type { Scene } from './scene.js'

/** Bytes that go out in one packet, a string as Latin-1; or something to do, or to wait for, in between. */
export type Step = Uint8Array | string | ((scene: Scene) => unknown)

/** What the client sees last: the code of a close frame, one without a code, or the end of the socket without any. */
export type Wire = number | 'empty' | 'cut'

/** What a client gets for its request: a status, the end of its socket, or, for as long as a test lasts, nothing. */
export type Answered = number | 'cut' | 'silence'

/**
 * Where on its server the application is: at every path; at `/raw` and `/well-behaved` alone; there, beside another
 * application that answers `/foreign` with 418 and `X-By: another`; or at every path, behind the framework's own
 * authentication: it takes `Authorization: Bearer let-me-in`, says `X-Guard: passed`, and else answers with 401 and
 * `WWW-Authenticate: Bearer`.
 */
export type Place = 'everywhere' | 'routed' | 'beside another' | 'guarded'

/** What has to come of it. */
export interface Outcome {
  /** The status of the answer. */
  readonly status?: number
  /** Headers that the answer has. */
  readonly headers?: Readonly<Record<string, string | RegExp>>
  /** The body of the answer, byte for byte. */
  readonly body?: string
  /**
   * What becomes of a request of which an HTTP parser or a router decides first; of several, one. Who is let in is
   * served, and for whom anything else is the answer no connection comes to be.
   */
  readonly answered?: Answered | readonly Answered[]
  /** The url that the application sees. */
  readonly url?: string
  /** The application may not have heard of it at all; where it has, `info` holds. */
  readonly mayBeUnheard?: true
  /** How it ended for the client; of several, one. */
  readonly wire?: Wire | readonly Wire[]
  /** How it ended for the application. Where neither this nor `echoes` is given, no connection came to be. */
  readonly info?: Partial<Omit<CloseInfo, 'duration'>>
  /** All the messages that came back, on a connection that lives. */
  readonly echoes?: readonly (string | Uint8Array)[]
  /** What the handler was given, in order. */
  readonly handled?: readonly (string | Uint8Array)[]
  /** What the application noted, in order. */
  readonly notes?: readonly string[]
  /** `error` events, in order. Default: none. */
  readonly errors?: readonly ErrorCode[]
  /** Of these there may be any, after `errors`. Default: none. */
  readonly errorsAmong?: readonly ErrorCode[]
}

/** The application under attack. */
export interface Setup {
  readonly options?: LinkspanOptions
  /** Runs for the client under test alone. Default: none. */
  readonly middleware?: (scene: Scene) => Middleware<unknown, {}>
  /** Default: an echo. */
  readonly handler?: (scene: Scene) => MessageMiddleware<unknown>
}

/**
 * One thing that a client does to a server, and what has to come of it on every transport.
 *
 * @example
 * const hostile: HostileCase = {
 *   row: 13,
 *   rfc: 'RFC 6455 §5.2',
 *   name: 'opcode 3 is closed with 1002',
 *   send: [open, encodeFrame({ opcode: 3 })],
 *   expect: violation(1002),
 * }
 */
export interface HostileCase {
  /** The number of the fault that it is about; docs/reliability.md counts by it. */
  readonly row: number
  /** Where the expectation comes from. */
  readonly rfc: string
  /** A sentence about the outcome. */
  readonly name: string
  /** What the transport must support for it to make sense. */
  readonly needs?: readonly (keyof Supports)[]
  /** Default: everywhere. */
  readonly place?: Place
  readonly app?: Setup
  readonly send: readonly Step[]
  readonly expect: Outcome | ((supports: Supports) => Outcome)
  /** What a well-behaved client gets afterwards. Default: its message back. */
  readonly afterwards?: 'echo' | number
}

/** Cases about one subject. */
export interface HostileChapter {
  readonly title: string
  readonly cases: readonly HostileCase[]
}
