import { expect, it } from 'vitest'
import { actors } from '../clients/actors.js'
import { chaos } from '../runs/chaos.js'
import { transportNames } from '../server/transports.js'
import { skipWithout } from './started.js'

it.for(transportNames)(
  '%s stands a storm of 200 clients of every kind',
  { timeout: 60_000 },
  async (transport, context) => {
    skipWithout(transport, context)
    const { problems, kinds, resources } = await chaos({ transport, connections: 200, seed: 7 })
    expect(problems).toEqual([])
    expect(Object.values(kinds).reduce((sum, count) => sum + count)).toBe(200)
    expect(Object.keys(actors).filter((kind) => (kinds[kind] ?? 0) === 0)).toEqual([])
    expect(resources).toBeGreaterThan(0)
  },
)
