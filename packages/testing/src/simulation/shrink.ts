import type { Action } from './schedule.js'
import { type SimulateOptions, type SimulationReport, simulate } from './simulate.js'

/**
 * Makes a failing run short: leaves out parts of its schedule, halves first, then ever smaller ones, for as long as it
 * still fails. Answers the report of the shortest.
 *
 * @example
 * const short = await shrink({ app, seed: 42 })
 */
export async function shrink(options: SimulateOptions): Promise<SimulationReport> {
  let shortest = await simulate(options)
  if (shortest.violations.length === 0) return shortest
  let size = Math.ceil(shortest.schedule.length / 2)
  while (size >= 1) {
    const before = shortest.schedule.length
    for (let start = 0; start < shortest.schedule.length; ) {
      const schedule: Action[] = [...shortest.schedule]
      schedule.splice(start, size)
      const report = await simulate({ ...options, schedule })
      if (report.violations.length > 0) shortest = report
      else start += size
    }
    if (shortest.schedule.length === before) size = size === 1 ? 0 : Math.floor(size / 2)
    else size = Math.min(size, Math.max(1, Math.ceil(shortest.schedule.length / 2)))
  }
  return shortest
}
