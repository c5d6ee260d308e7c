import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Linkspan, Stats } from '@linkspan/core'
import type { Serving } from './transports.js'

/** What a process holds, at rest. */
export interface Measure {
  /** Bytes, after garbage collection. */
  readonly heapUsed: number
  readonly external: number
  readonly rss: number
  /** What keeps the event loop alive, by kind. */
  readonly resources: Readonly<Record<string, number>>
  /** Listeners on the server and on the process. */
  readonly listeners: { readonly server: number; readonly process: number }
  readonly stats: Stats
}

/** Measures this process. Collects garbage first, where `--expose-gc` allows. */
export async function measure(app: Linkspan<unknown>, serving: Serving): Promise<Measure> {
  // What ends in finalizers and closing handles needs turns of the event loop in between.
  for (let round = 0; round < 4; round += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    globalThis.gc?.()
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  return {
    heapUsed,
    external,
    rss,
    resources: tally(process.getActiveResourcesInfo()),
    listeners: { server: serving.listeners(), process: listenersOfProcess() },
    stats: app.stats(),
  }
}

const delays = monitorEventLoopDelay({ resolution: 10 })
delays.enable()

/** The longest that the event loop was held up since the last time it was asked, in milliseconds. */
export function longestDelay(): number {
  const milliseconds = Math.round(delays.max / 1e5) / 10
  delays.reset()
  return milliseconds
}

function listenersOfProcess(): number {
  return process.eventNames().reduce((sum, name) => sum + process.listenerCount(name as 'exit'), 0)
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
