import { existsSync, readFileSync } from 'node:fs'
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os'
import { mostConnections, pinned } from './processes.js'

/** What the figures were taken on. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memory: string
  readonly system: string
  readonly node: string
  readonly pinned: boolean
  readonly load: 'C' | 'Node'
  /** The load average before the first measurement. */
  readonly busy: string
  readonly mostConnections: number
}

/** What this machine is, and how busy. */
export function machine(load: 'C' | 'Node'): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    system: `${type()} ${release()} ${arch()}`,
    node: process.version,
    pinned,
    load,
    busy: load1(),
    mostConnections,
  }
}

/** The load average of the last minute. */
export function load1(): string {
  return (loadavg()[0] ?? 0).toFixed(2)
}

/** Ticks that the hypervisor gave to others since the start, where the system tells. */
export function stolenTicks(): number {
  if (!existsSync('/proc/stat')) return 0
  return Number(readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.trim().split(/\s+/)[8] ?? 0)
}
