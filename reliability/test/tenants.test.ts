import { expect, it } from 'vitest'
import { type TenantsOptions, type TenantsReport, tenants } from '../runs/tenants.js'
import { exhausted } from '../server/plans.js'
import { skipWithout } from './started.js'

const SLOW = /times as long/
const ATTEMPTS = 3

/**
 * Whatever else the machine does makes waits longer, and never shorter: where nothing but they were too long, it is measured
 * again. Refusals and counts are exact in each run.
 */
async function undisturbed(options: TenantsOptions): Promise<TenantsReport> {
  for (let attempt = 1; ; attempt += 1) {
    const report = await tenants(options)
    const disturbed = report.problems.length > 0 && report.problems.every((problem) => SLOW.test(problem))
    if (!disturbed || attempt === ATTEMPTS) return report
    console.warn(`measured again: ${report.problems.join('; ')}`)
  }
}

it.for(['ws', 'uws'] as const)(
  '%s: a tenant over each of its quotas is refused, and the p99 of another stays',
  { timeout: ATTEMPTS * 60_000 },
  async (transport, context) => {
    skipWithout(transport, context)
    const { quotas, problems } = await undisturbed({ transport, pairs: 5, visits: 40 })
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
