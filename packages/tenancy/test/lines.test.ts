import type { Logger } from '@linkspan/core'
import { fromIdentity, type TenancyOptions, tenancy } from '@linkspan/tenancy'
import { memoryHost, VirtualClock } from '@linkspan/testing'
import { expect, it, onTestFinished } from 'vitest'

type Fields = Readonly<Record<string, unknown>>

const nothing = (): void => {}
const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }
const fail = (): never => {
  throw new Error('the disk is full')
}

/** An application whose clients say whose they are, and which writes down its lines. */
async function stage(options: Partial<TenancyOptions> = {}) {
  const clock = new VirtualClock()
  const lines: [string, Fields][] = []
  const at = (level: string) => (fields: object) => void lines.push([level, fields as Fields])
  const logger: Logger = { debug: nothing, info: at('info'), warn: at('warn'), error: at('error') }
  const tenants = tenancy({ resolve: fromIdentity(), clock, logger, ...options })
  const app = tenants.app({ origin: '*', clock, heartbeat: false, logger: silent })
  app.use((conn, next) => {
    conn.authenticate({ subject: 'ada', tenant: 'acme' })
    return next()
  })
  app.use(tenants.enter())
  const host = await memoryHost(app as never)
  onTestFinished(() => host.close())
  const come = async () => {
    const answer = await host.connect().answer
    return answer.upgraded ? 101 : answer.status
  }
  const conn = () => [...app.connections][0] ?? expect.unreachable()
  return { tenants, come, conn, lines, clock }
}

it('whoever reaches for another tenant has a line: whose connection it is, and not who', async () => {
  const { tenants, come, conn, lines } = await stage({ mayCross: (_, to) => to === 'sister' })
  expect(await come()).toBe(101)
  await tenants.across(conn(), 'sister', 'a support case')
  await expect(tenants.across(conn(), 'stranger', 'curious')).rejects.toMatchObject({
    code: 'LINKSPAN_FORBIDDEN',
  })
  const crossing = {
    event: 'tenant.crossing',
    connection: conn().id,
    tenant: 'acme',
    via: 'memory',
    state: 'active',
    how: 'across',
    from: 'acme',
  }
  expect(lines).toEqual([
    ['warn', { ...crossing, allowed: true, to: 'sister', reason: 'a support case' }],
    ['warn', { ...crossing, allowed: false, reason: 'curious' }],
  ])
})

it('nobody is let across whom the log cannot tell of, and all others are refused as ever', async () => {
  const logger = { debug: nothing, info: nothing, warn: fail, error: fail }
  const { tenants, come, conn } = await stage({ logger, mayCross: (_, to) => to === 'sister' })
  expect(await come()).toBe(101)
  await expect(tenants.across(conn(), 'sister', 'a support case')).rejects.toThrow('the disk is full')
  await expect(tenants.across(conn(), 'stranger', 'curious')).rejects.toMatchObject({
    code: 'LINKSPAN_FORBIDDEN',
  })
})

it('a tenant that cannot be looked up has a line without a word of what was thrown', async () => {
  const thrown = Object.assign(new TypeError('postgres://user:secret@host knows no acme'), {
    code: 'ECONNREFUSED',
  })
  const { come, lines } = await stage({ known: () => Promise.reject(thrown) })
  expect(await come()).toBe(503)
  expect(lines).toEqual([
    ['error', { event: 'tenant.unavailable', err: { type: 'TypeError', code: 'ECONNREFUSED' } }],
  ])
})

it.each(['throws', 'rejects'])(
  'a logger that %s refuses nobody otherwise than one that works',
  async (how) => {
    const bad = how === 'throws' ? fail : () => Promise.reject(new Error('the disk is full'))
    const logger = { debug: bad, info: bad, warn: bad, error: bad }
    const away = await stage({ logger, known: () => Promise.reject(new Error('away')) })
    expect(await away.come()).toBe(503)
    const full = await stage({ logger, quotas: { connections: 1 }, onLimit: fail })
    expect([await full.come(), await full.come()]).toEqual([101, 429])
    const other = await stage({ logger, resolve: () => 'other', audit: fail })
    expect(await other.come()).toBe(403)
  },
)

it('an observer that throws has a line with its connection', async () => {
  const { come, lines } = await stage({ quotas: { connections: 1 }, onLimit: fail })
  expect([await come(), await come()]).toEqual([101, 429])
  expect(lines).toEqual([
    [
      'error',
      {
        event: 'observer.threw',
        connection: expect.any(String) as string,
        tenant: 'acme',
        via: 'memory',
        state: 'authenticated',
        observer: 'onLimit',
        err: new Error('the disk is full'),
      },
    ],
  ])
})
