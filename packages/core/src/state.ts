import type { ClosedBy } from './close.js'

/** Where a connection is in its life. Never skips forward except to `closing`, never goes back. */
export type LifecycleState = 'connecting' | 'authenticated' | 'active' | 'closing' | 'closed'

/** Why a connection ends: our reason, not what travelled. */
export interface Cause {
  readonly code: number
  readonly reason: string
  readonly by: ClosedBy
}

/** The end as far as it is known; the interpreter adds the duration. */
export interface Ending extends Cause {
  readonly clean: boolean
  readonly wireCode: number | undefined
}

/** The upgrade request has arrived; middleware runs. `open`: the 101 went out early. */
export interface Connecting {
  readonly phase: 'connecting'
  readonly open: boolean
  readonly visibly: boolean
}

/** The identity is settled; middleware still runs. */
export interface Authenticated {
  readonly phase: 'authenticated'
  readonly open: boolean
  readonly visibly: boolean
  readonly expiresAt: number | undefined
}

/** Messages flow. */
export interface Active {
  readonly phase: 'active'
  readonly expiresAt: number | undefined
}

/**
 * What a closing connection waits for, in this order: the socket to be gone (`socket`); what the peer had sent before
 * it left to be handled (`backlog`, only when the peer or the network ended it); the handler that runs (`handler`); the
 * middlewares to unwind (`pipeline`); the `defer`s to run (`release`).
 */
export type ClosingStage = 'socket' | 'backlog' | 'handler' | 'pipeline' | 'release'

/** An end was asked for. `settled`: the pipeline's promise has settled, so nothing of it is left to unwind. */
export interface Closing {
  readonly phase: 'closing'
  readonly stage: ClosingStage
  readonly ending: Ending
  readonly cut: boolean
  readonly settled: boolean
}

/** Nothing of the connection is held anywhere. */
export interface Closed {
  readonly phase: 'closed'
  readonly ending: Ending
}

/** The state of one connection: plain data, replaced and never changed. */
export type State = Connecting | Authenticated | Active | Closing | Closed
