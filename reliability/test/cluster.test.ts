import { describe, expect, it } from 'vitest'
import { engineNames } from '../cluster/engine-names.js'
import { missing } from '../cluster/engines.js'
import { cluster } from '../cluster/run.js'

describe.each(engineNames)('three nodes and 300 clients over %s', (engine) => {
  it('live through all that fails, and keep what is promised', { timeout: 240_000 }, async (context) => {
    const absent = missing[engine]
    if (absent !== undefined) context.skip(absent)
    const told: string[] = []
    const report = await cluster({ engine, seconds: 10, seed: 3, tell: (line) => told.push(line) })
    for (const [kind, why] of Object.entries(report.spared))
      console.log(`${engine}: not done: ${kind}: ${why}`)
    expect(report.problems.slice(0, 20), told.join('\n')).toEqual([])
    // Each kind of fault was there, and something was said meanwhile that had to arrive.
    expect(Object.keys(report.faults).length + Object.keys(report.spared).length).toBe(5)
    expect(report.clients).toBeGreaterThanOrEqual(300)
    expect(report.promised).toBeGreaterThan(1_000)
    // A room that only one node is in costs the others nothing.
    expect(report.islands.said).toBeGreaterThan(0)
    expect(report.islands.wasted).toBe(0)
  })
})
