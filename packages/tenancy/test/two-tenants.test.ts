import { memoryBroker } from '@linkspan/core'
import fc from 'fast-check'
import { it } from 'vitest'
import { runTwoTenants, twoTenants } from '../../../tests/support/two-tenants.js'

it('keeps two tenants apart, whatever they do and are called, on two nodes in memory', async () => {
  await fc.assert(
    fc.asyncProperty(twoTenants(40), async (program) => {
      const hub = memoryBroker()
      await runTwoTenants(program, () => hub, 'two-tenants')
    }),
    { numRuns: 100 },
  )
}, 60_000)
