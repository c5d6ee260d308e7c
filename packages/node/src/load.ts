import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { type Clock, systemClock, whole } from '@linkspan/core'

/** Milliseconds between two looks at the event loop: its delay is what they come late. */
const RESOLUTION = 10

/**
 * How often a process is measured.
 *
 * @example
 * const options: ProcessLoadOptions = { window: 1_000 }
 */
export interface ProcessLoadOptions {
  /** Milliseconds that a measure is about: it changes only so often. 20 to 60,000. Default: 500. */
  readonly window?: number
  readonly clock?: Clock
}

/**
 * A measure of one window.
 *
 * @example
 * const { eventLoopDelay, heapUsed }: ProcessReading = load.read()
 */
export interface ProcessReading {
  /** Milliseconds that something due at a random instant of the window came late, on average. */
  readonly eventLoopDelay: number
  /** The share of the limit of V8's heap that is used, 0 to 1. */
  readonly heapUsed: number
}

/**
 * Measures this process until it is stopped. Keeps no process alive.
 *
 * @example
 * const load: ProcessLoad = processLoad()
 */
export interface ProcessLoad {
  /** What the window that ended last was like; costs nothing. */
  read(): ProcessReading
  stop(): void
  [Symbol.dispose](): void
}

/**
 * Measures how late the event loop runs and how full the heap is: what `loadShedding` of `@linkspan/guard` asks for.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for a window out of its range.
 *
 * @example
 * const app = linkspan().use(loadShedding({ load: processLoad(), eventLoopDelay: 100 }))
 */
export function processLoad({ window = 500, clock = systemClock }: ProcessLoadOptions = {}): ProcessLoad {
  whole('window', window, 20, 60_000)
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION })
  let reading: ProcessReading = { eventLoopDelay: 0, heapUsed: heapUsed() }
  let timer: unknown
  const turn = (): void => {
    reading = { eventLoopDelay: delayOf(histogram), heapUsed: heapUsed() }
    histogram.reset()
    timer = unref(clock.setTimeout(turn, window))
  }
  const stop = (): void => {
    clock.clearTimeout(timer)
    histogram.disable()
  }
  histogram.enable()
  timer = unref(clock.setTimeout(turn, window))
  return { read: () => reading, stop, [Symbol.dispose]: stop }
}

/**
 * The mean of the recorded intervals would count a long one as once, however much of the time it takes. Weighted by
 * their length it is what whoever comes at a random instant finds: E[d²] / E[d].
 */
function delayOf({ count, mean, stddev }: IntervalHistogram): number {
  if (count === 0) return 0
  const interval = (mean * mean + stddev * stddev) / mean / 1e6
  return Math.max(0, interval - RESOLUTION)
}

function heapUsed(): number {
  const { used_heap_size, heap_size_limit } = getHeapStatistics()
  return used_heap_size / heap_size_limit
}

/** The platform's timers would keep the process alive; those of another clock are its own affair. */
function unref(handle: unknown): unknown {
  if (handle instanceof Object && 'unref' in handle && typeof handle.unref === 'function') handle.unref()
  return handle
}
