import type { Authenticated, Middleware } from '@linkspan/core'
import { expect, it } from 'vitest'
import type { Reading } from './meters.js'
import { Scene } from './scene.js'

const MANY = 10_000

/** How many series there are of a metric. */
function series(reading: Reading, name: string): number {
  return reading.attributes(name).length
}

function sumOf(reading: Reading, name: string): number {
  return Object.values(reading.table(name)).reduce((sum, value) => sum + value, 0)
}

it('ten thousand tenants make a hundred series and one, and lose no connection', async () => {
  const scene = new Scene()
  let come = 0
  const app = scene.app({ heartbeat: false }).use((conn, next) => {
    come += 1
    conn.authenticate({ subject: 'ada', tenant: `tenant-${come}` })
    return next<Authenticated>()
  })
  const { served } = await scene.measured(app)
  for (let i = 0; i < MANY; i += 1_000) {
    await Promise.all(Array.from({ length: 1_000 }, () => served.connect()))
  }
  const full = await scene.read()
  expect(series(full, 'tenant.connections')).toBe(101)
  expect(full.table('tenant.connections')).toMatchObject({
    'tenant-1': 1,
    'tenant-100': 1,
    other: MANY - 100,
  })
  expect(sumOf(full, 'tenant.connections')).toBe(MANY)
  for (const conn of app.connections) conn.terminate()
  await scene.pass(1)
  const empty = await scene.read()
  expect(app.connections.size).toBe(0)
  expect(series(empty, 'tenant.connections')).toBe(101)
  expect(Object.values(empty.table('tenant.connections')).every((value) => value === 0)).toBe(true)
}, 30_000)

it('ten thousand reasons make fifty series and one for each status', async () => {
  const scene = new Scene()
  let come = 0
  const app = scene.app().use((conn) => {
    come += 1
    return conn.reject({ status: come % 2 === 0 ? 401 : 403, reason: `reason-${come}` })
  })
  const { served } = await scene.measured(app)
  for (let i = 0; i < MANY; i += 1_000) {
    await Promise.all(Array.from({ length: 1_000 }, () => served.status()))
  }
  const reading = await scene.read()
  expect(series(reading, 'handshakes')).toBe(52)
  expect(sumOf(reading, 'handshakes')).toBe(MANY)
  const { 'refused 401 other': some = 0, 'refused 403 other': others = 0 } = reading.table('handshakes')
  expect(some + others).toBe(MANY - 50)
}, 30_000)

it('sixty middlewares that refuse, and a hundred codes of peers, make fifty series and one', async () => {
  const scene = new Scene()
  const app = scene.app()
  for (let i = 0; i < 60; i += 1) app.use(gate(i))
  const { served } = await scene.measured(app)
  for (let i = 0; i < 60; i += 1) expect(await served.status({ path: `/${i}` })).toBe(401)
  for (let code = 4_000; code < 4_100; code += 1) (await served.connect()).close(code)
  await scene.pass()
  const reading = await scene.read()
  expect(series(reading, 'middleware.refusals')).toBe(51)
  expect(reading.table('middleware.refusals')).toMatchObject({ 'gate-0 refused': 1, 'other refused': 10 })
  expect(series(reading, 'closes')).toBe(51)
  expect(reading.table('closes')).toMatchObject({ '4000 peer': 1, 'other peer': 50 })
})

/** A middleware with a name of its own, which refuses those who ask for its number. */
function gate(number: number): Middleware<unknown, {}> {
  const middleware: Middleware<unknown, {}> = (conn, next) =>
    conn.request.path === `/${number}` ? conn.reject({ status: 401 }) : next()
  return Object.defineProperty(middleware, 'name', { value: `gate-${number}` })
}
