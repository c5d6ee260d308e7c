import type { Setup } from './contract.js'
import type { Load } from './load.js'
import type { Server } from './server.js'

/** How much is measured. */
export interface Scale {
  readonly rounds: number
  /** Milliseconds of warming up, and of measuring. */
  readonly warm: number
  readonly time: number
  /** Connections that idle, and that a server grows to. */
  readonly idle: readonly number[]
  /** Whether to look at everybody everywhere. */
  readonly everybody: boolean
}

/** What one measurement came to; what a work does not look at is absent. */
export interface Figures {
  /** Microseconds of the server's CPU time for one unit. */
  readonly cpu?: number
  /** Units a second. */
  readonly rate?: number
  /** Microseconds. */
  readonly p50?: number
  readonly p99?: number
  /** Bytes for one connection. */
  readonly rss?: number
  readonly heap?: number
  readonly buffers?: number
  /** Milliseconds. */
  readonly stall?: number
  readonly seconds?: number
}

/** The figure that a work is about. */
export type Measure = 'cpu' | 'rss'

/** One thing to measure. */
export interface Work {
  readonly id: string
  readonly title: string
  readonly unit: string
  readonly measure: Measure
  readonly setup: Setup
  /** Bytes of a message. */
  readonly size: number
  readonly contestants: readonly string[]
  /** Whether the bare transports are measured twice a round, to see whether it was disturbed. */
  readonly twins: boolean
  readonly run: (server: Server, load: Load) => Promise<Figures>
  /** For differences of a few per cent: measures everybody's `run` by turns, and not one after the other. */
  readonly turns?: Turns
}

/** How contestants take turns: all are made ready, then each runs again and again. */
export interface Turns {
  readonly count: number
  readonly ready: (server: Server, load: Load) => Promise<void>
}
