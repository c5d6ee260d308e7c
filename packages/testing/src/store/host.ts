import type { SessionStore } from '@linkspan/core'

/**
 * A store and what a test does to it, for the time of one test: empty at the beginning, or with ids nobody else uses.
 *
 * @example
 * const clock = new VirtualClock()
 * const store = memoryStore({ clock })
 * const host: StoreHost = { store, other: store, advance: (time) => clock.advance(time), close: async () => {} }
 */
export interface StoreHost {
  readonly store: SessionStore
  /** The same sessions, as another node has them: another client. In memory: the same store. */
  readonly other: SessionStore
  /** The same backend, other sessions: another prefix. Only where `supports.prefixes`. */
  readonly apart?: SessionStore
  /** Lets milliseconds pass. Default: they pass by themselves, and tests wait for what they bring. */
  advance?(time: number): Promise<void>
  /** Makes the backend hang: it takes requests and answers none. Resolves to what ends that. Only where `supports.stall`. */
  stall?(): Promise<() => Promise<void>>
  close(): Promise<void>
}

/** Makes a store for one test. */
export type StoreFactory = () => Promise<StoreHost>

/**
 * What a store can do, beyond what every store has to.
 *
 * @example
 * const supports: StoreSupports = { prefixes: true, stall: false }
 */
export interface StoreSupports {
  /** Several applications keep their sessions apart in one backend. */
  readonly prefixes: boolean
  /** Its backend can be made to hang. */
  readonly stall: boolean
}
