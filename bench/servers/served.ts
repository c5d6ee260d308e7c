import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import type { Command, Readings, Setup } from '../contract.js'

/** What this server is to do. */
export const setup: Setup = JSON.parse(process.env['BENCH_SETUP'] ?? '{}') as Setup

/** The one address that servers listen on. */
export const HOST = '127.0.0.1'

/** What an asynchronous handler awaits. */
export const settled: Promise<void> = Promise.resolve()

const NOT_ASKED = { rss: 0, heapUsed: 0, arrayBuffers: 0 }

/** What each server can be told besides its messages. */
export interface Served {
  readonly port: number
  /** Closes every connection with 1012. */
  readonly drain?: () => void
  /** Does at once what it has put off, so that its cost is told with that of the messages it is for. */
  readonly flush?: (() => Promise<void>) | undefined
}

/** Says that the server listens, and answers what the benchmark asks of it from then on. */
export function served({ port, drain, flush }: Served): void {
  let watched: ReturnType<typeof monitorEventLoopDelay> | undefined
  const perform = async (command: Command): Promise<Readings> => {
    if (command === 'leave') process.exit(0)
    if (command === 'drain') drain?.()
    if (command === 'cpu') await flush?.()
    if (command === 'watch') {
      watched = monitorEventLoopDelay({ resolution: 1 })
      watched.enable()
    }
    if (command === 'unwatch') watched?.disable()
    const stall = watched === undefined ? 0 : Math.max(0, watched.max / 1e6 - 1)
    if (command === 'memory') {
      for (let i = 0; i < 4; i += 1) {
        await pause(50)
        globalThis.gc?.()
      }
    }
    const { rss, heapUsed, arrayBuffers } = command === 'memory' ? process.memoryUsage() : NOT_ASKED
    const { user, system } = process.cpuUsage()
    return { cpu: user + system, rss, heap: heapUsed, buffers: arrayBuffers, stall }
  }
  process.on('message', (command: Command) => {
    void perform(command).then((readings) => process.send?.(readings))
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.(port)
}

/** The port of a server of `node:http` or `node:net` that listens. */
export function portOf(server: { address(): unknown }): number {
  return (server.address() as { readonly port: number }).port
}
