import { expect, it } from 'vitest'
import { leak } from '../runs/leak.js'
import { transportNames } from '../server/transports.js'
import { skipWithout } from './started.js'

it.for(transportNames)(
  '%s keeps nothing of 4,000 connections',
  { timeout: 120_000 },
  async (transport, context) => {
    skipWithout(transport, context)
    const { problems, connections, after } = await leak({ transport, connections: 4_000 })
    expect(problems).toEqual([])
    expect(connections).toEqual({ aborted: 2_000, echoed: 2_000 })
    expect(after.stats.totals.opened).toBeGreaterThanOrEqual(2_000)
  },
)

it('a server that keeps its connections is found out', { timeout: 120_000 }, async () => {
  const { problems } = await leak({ transport: 'ws', connections: 4_000, scenario: 'leaking' })
  expect(problems).toEqual([expect.stringMatching(/^the heap grew by \d+ bytes; 1088576 are allowed$/)])
})
