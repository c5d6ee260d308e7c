// Rates of a tenant over several nodes, counted in a real Redis.

import type { Authenticated } from '@linkspan/core'
import { redisRateStore } from '@linkspan/guard'
import { fromIdentity, type TenantLimit, tenancy } from '@linkspan/tenancy'
import { memoryHost, type Peer, VirtualClock } from '@linkspan/testing'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { ownRedis } from '../packages/redis/test/redis-server.js'

const server = ownRedis()
let client: Redis
beforeAll(async () => {
  client = new Redis(server().port, '127.0.0.1')
  // A store that is not there yet is done without.
  await client.ping()
})
afterAll(() => client.disconnect())

/** A node; its own clock stands still, so that only what Redis counts may change. */
async function start() {
  const clock = new VirtualClock()
  const limits: TenantLimit[] = []
  const tenants = tenancy({
    resolve: fromIdentity(),
    quotas: { messages: { points: 4, per: 60_000 } },
    over: 'drop',
    store: redisRateStore(client),
    onLimit: (_, limit) => limits.push(limit),
    clock,
  })
  const app = tenants
    .app({ origin: '*', clock, heartbeat: false })
    .use((conn, next) => {
      conn.authenticate({ subject: 'ada', tenant: conn.request.query.get('tenant') ?? '' })
      return next<Authenticated>()
    })
    .use(tenants.enter())
    .message((conn, message) => conn.send(message))
  const host = await memoryHost(app as never)
  onTestFinished(() => host.close())
  return {
    limits,
    async visit(tenant: string): Promise<Peer> {
      const answer = await host.connect({ path: `/?tenant=${tenant}` }).answer
      if (!answer.upgraded) throw new Error(`refused: ${answer.status}`)
      return answer.peer
    },
  }
}

it('lets a tenant say as much on two nodes as on one, and another tenant as much again', async () => {
  const [one, two] = [await start(), await start()]
  const [here, there, other] = [await one.visit('acme'), await two.visit('acme'), await two.visit('globex')]
  for (const text of ['1', '2', '3']) {
    here.send(text)
    expect(await here.next()).toBe(text)
  }
  there.send('4')
  expect(await there.next()).toBe('4')
  there.send('5')
  await expect.poll(() => two.limits).toMatchObject([{ tenant: 'acme', quota: 'messages', action: 'drop' }])
  here.send('6')
  await expect.poll(() => one.limits).toHaveLength(1)
  for (const text of ['1', '2', '3', '4']) {
    other.send(text)
    expect(await other.next()).toBe(text)
  }
  expect([here.received, there.received, other.received]).toEqual([0, 0, 0])
})
