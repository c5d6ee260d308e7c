import { expect, it } from 'vitest'
import { tenants } from '../runs/tenants.js'
import { exhausted } from '../server/plans.js'
import { skipWithout } from './started.js'

it.for(['ws', 'uws'] as const)(
  '%s: a tenant over each of its quotas is refused, and the p99 of another stays',
  async (transport, context) => {
    skipWithout(transport, context)
    const { quotas, problems } = await tenants({ transport, pairs: 5, visits: 40 })
    console.warn(
      quotas
        .map(({ quota, refused, words: { alone, beside }, times }) => {
          const waits = `p50 ${alone.p50} → ${beside.p50} ms, p99 ${alone.p99} → ${beside.p99} ms`
          return `${transport}, ${quota}: ${refused} refused; round trips of another tenant: ${waits}, ×${times.all}`
        })
        .join('\n'),
    )
    expect(problems).toEqual([])
    expect(quotas.map(({ quota }) => quota)).toEqual(exhausted)
  },
)

const little = { transport: 'ws', pairs: 1, visits: 5, quotas: ['connections'] } as const

it('tenants that use up the quotas of one are found out', async () => {
  const { problems } = await tenants({ ...little, scenario: 'shared' })
  expect(problems).toEqual(['connections: a visitor was refused with 429'])
})

it('refusals that others have to wait for are found out', async () => {
  const { problems } = await tenants({ ...little, scenario: 'costly' })
  const long = String.raw`was [\d.]+ times as long; 4 are allowed$`
  expect(problems).toEqual([
    expect.stringMatching(`^connections: the p99 of the other tenant's round trips ${long}`),
    expect.stringMatching(`^connections: the p99 of the other tenant's round trips and handshakes ${long}`),
    expect.stringMatching(/^connections: \d+\.\d+ ms of work for a refusal, and \d+\.\d+ ms for a visit$/),
  ])
})
