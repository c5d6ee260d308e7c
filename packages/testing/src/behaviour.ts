import type { Linkspan, LinkspanOptions } from '@linkspan/core'
import type { VirtualClock } from './clock.js'
import type { Supports } from './host.js'
import type { Answer, Attempt, ConnectOptions, Peer } from './peer.js'
import type { Recorder } from './recorder.js'

/**
 * What a behaviour's test is given: everything it opens through it is closed afterwards.
 *
 * @example
 * async function run(stage: Stage): Promise<void> {
 *   const served = await stage.serve(stage.app())
 * }
 */
export interface Stage {
  readonly clock: VirtualClock
  readonly supports: Supports
  /** Makes an application on the virtual clock, with a recorder of its events, and `'*'` as its origin policy. */
  app(options?: LinkspanOptions): Linkspan<{}>
  /** Everything the application told, from its beginning. */
  record(app: Linkspan<unknown>): Recorder
  /** Puts the application on the transport under test. */
  serve(app: Linkspan<unknown>): Promise<Served>
  /** Waits until it holds; fails after 5 s with `what`. */
  until(holds: () => boolean, what: string): Promise<void>
}

/**
 * An application on its transport.
 *
 * @example
 * const peer = await served.connect({ path: '/chat' })
 */
export interface Served {
  /** Starts a client and does not wait. */
  attempt(options?: ConnectOptions): Attempt
  /** The answer, whatever it is. */
  answer(options?: ConnectOptions): Promise<Answer>
  /** A client that was let in; fails where it was refused. */
  connect(options?: ConnectOptions): Promise<Peer>
}

/**
 * One thing that every transport does.
 *
 * @example
 * const behaviour: Behaviour = { name: 'a client is let in', run: async (stage) => { await (await stage.serve(stage.app())).connect() } }
 */
export interface Behaviour {
  /** A sentence about the outcome: 'a thrown Rejection becomes its HTTP status'. */
  readonly name: string
  /** What the transport must support for it to make sense. */
  readonly needs?: readonly (keyof Supports)[]
  run(stage: Stage): Promise<void>
}

/**
 * Behaviours that belong together.
 *
 * @example
 * const chapter: Chapter = { title: 'handshake', behaviours: [behaviour] }
 */
export interface Chapter {
  readonly title: string
  readonly behaviours: readonly Behaviour[]
}
