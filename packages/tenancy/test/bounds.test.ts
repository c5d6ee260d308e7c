import { fromSubdomain, type TenancyOptions, tenancy } from '@linkspan/tenancy'
import { memoryHost, VirtualClock } from '@linkspan/testing'
import { expect, it, onTestFinished } from 'vitest'

/** An application whose clients come to a subdomain. */
async function stage(options: Partial<TenancyOptions> = {}) {
  const clock = new VirtualClock()
  const tenants = tenancy({ resolve: fromSubdomain('x.example'), clock, ...options })
  const app = tenants.app({ origin: '*', clock, heartbeat: false }).use(tenants.enter())
  const host = await memoryHost(app as never)
  onTestFinished(() => host.close())
  const come = (tenant: string) => host.connect({ headers: { host: `${tenant}.x.example` } }).answer
  const visit = async (tenant: string) => {
    const answer = await come(tenant)
    if (!answer.upgraded) throw new Error(`refused: ${answer.status}`)
    return async () => {
      const gone = new Promise((resolve) => app.on('close', resolve))
      answer.peer.close(1000)
      await gone
    }
  }
  return { tenants, app, come, visit, clock }
}

it('lists so many tenants and no more, and loses no count', async () => {
  const { tenants, visit } = await stage({ maxTenants: 3 })
  const leave: (() => Promise<void>)[] = []
  for (const name of ['a', 'b', 'c', 'd', 'e']) leave.push(await visit(name))
  const counts = () => {
    const { tenants: listed, others } = tenants.stats()
    return [
      listed.map(({ tenant, connections }) => `${tenant} ${connections}`),
      others.connections,
      others.totals.admitted,
    ]
  }
  // Those that are here keep their place.
  expect(counts()).toEqual([['a 1', 'b 1', 'c 1'], 2, 2])
  await leave[1]?.()
  await visit('f')
  expect(counts()).toEqual([['a 1', 'c 1', 'f 1'], 2, 3])
  const { tenants: listed, others } = tenants.stats()
  expect(listed.reduce((sum, { totals }) => sum + totals.admitted, others.totals.admitted)).toBe(6)
})

it('keeps so many circuits, the open ones first', async () => {
  const { tenants } = await stage({ maxTenants: 2, breaker: { minimum: 1 } })
  const away = tenants.breaker('a')
  await expect(away.run(() => Promise.reject(new Error('away')))).rejects.toThrow('away')
  await expect.poll(() => away.state).toBe('open')
  for (const id of ['b', 'c', 'd']) tenants.breaker(id)
  expect(tenants.breaker('a')).toBe(away)
  expect(tenants.stats().breakers).toBe(2)
})

it('asks once for a tenant that many ask for, and remembers so many', async () => {
  const asked: string[] = []
  const { visit, come } = await stage({
    maxTenants: 2,
    known: async (id) => {
      asked.push(id)
      return !id.startsWith('no')
    },
  })
  await Promise.all([visit('a'), visit('a'), visit('a')])
  expect(asked).toEqual(['a'])
  // What nobody knows displaces nobody.
  for (const id of ['no1', 'no2', 'no3', 'no4']) await come(id)
  await visit('a')
  expect(asked.filter((id) => id === 'a')).toHaveLength(1)
  await visit('b')
  await visit('c')
  await visit('a')
  expect(asked.filter((id) => id === 'a')).toHaveLength(2)
})

it('refuses with 503 what would be one lookup too many', async () => {
  const { come } = await stage({ known: () => new Promise<boolean>(() => {}) })
  for (let count = 0; count < 1_000; count += 1) come(`t${count}`).catch(() => {})
  const answer = await come('late')
  expect(answer).toMatchObject({ upgraded: false, status: 503 })
})

it('holds nothing of tenants that have gone', async () => {
  const { tenants, app, visit } = await stage({ quotas: { rooms: 5 } })
  const leave = await visit('a')
  for (const conn of app.connections) conn.join('room')
  expect(tenants.of(app, 'a').stats()).toMatchObject({ connections: 1, rooms: 1, subscriptions: 1 })
  await leave()
  expect(tenants.of(app, 'a').stats()).toMatchObject({ connections: 0, rooms: 0, subscriptions: 0 })
})

it('keeps two applications of the same tenants apart in views, and together in quotas', async () => {
  const { tenants, app, visit } = await stage({ quotas: { connections: 2 } })
  const other = tenants.app({ origin: '*', heartbeat: false }).use(tenants.enter())
  const host = await memoryHost(other as never)
  onTestFinished(() => host.close())
  await visit('a')
  const come = () => host.connect({ headers: { host: 'a.x.example' } }).answer
  expect(await come()).toMatchObject({ upgraded: true })
  expect(await come()).toMatchObject({ upgraded: false, status: 429 })
  expect(tenants.of(app, 'a').connections).toEqual([...app.connections])
  expect(tenants.of(other, 'a').connections).toEqual([...other.connections])
})
