import { type Authenticated, HandshakeRequest } from '@linkspan/core'
import { metrics } from '@linkspan/otel'
import { describe, expect, it } from 'vitest'
import { Scene } from './scene.js'

/** Clients of `/wait` are let in by nobody, those of `/tenant` belong to one. */
function open(scene: Scene) {
  return scene.app().use((conn, next) => {
    const [, what, tenant] = conn.request.path.split('/')
    if (what === 'wait') return new Promise<never>(() => {})
    if (tenant === undefined) return next()
    conn.authenticate({ subject: 'ada', tenant })
    return next<Authenticated>()
  })
}

describe('connections', () => {
  it('are told by state and transport', async () => {
    const scene = new Scene()
    const { served } = await scene.measured(open(scene))
    const peer = await served.connect()
    await served.connect()
    await served.come({ path: '/wait' })
    expect((await scene.read()).table('connections')).toEqual({
      'connecting memory': 1,
      'authenticated memory': 0,
      'active memory': 2,
    })
    peer.answersClose = false
    peer.close(1000)
    await scene.pass()
    expect((await scene.read()).table('connections')).toEqual({
      'connecting memory': 1,
      'authenticated memory': 0,
      'active memory': 1,
      'closing memory': 0,
    })
  })

  it('agree with the application, whatever becomes of them', async () => {
    const scene = new Scene()
    const app = open(scene)
    const { served } = await scene.measured(app)
    const peers = await Promise.all(Array.from({ length: 5 }, () => served.connect()))
    const waiting = await served.come({ path: '/wait' })
    peers[0]?.cut()
    waiting.cut()
    for (const conn of [...app.connections].slice(1, 3)) conn.close()
    await scene.pass()
    const { connections } = app.stats().gauges
    const table = (await scene.read()).table('connections')
    for (const [state, count] of Object.entries(connections))
      expect(table[`${state} memory`] ?? 0).toBe(count)
    expect(connections.active).toBe(2)
  })

  it('that were there before are told, and go', async () => {
    const scene = new Scene()
    const app = open(scene)
    const served = await scene.serve(app)
    const peer = await served.connect({ path: '/tenant/acme' })
    await served.come({ path: '/wait' })
    metrics(app, { meterProvider: scene.meters.provider })
    const before = await scene.read()
    expect(before.table('connections')).toEqual({ 'connecting memory': 1, 'active memory': 1 })
    expect(before.table('tenant.connections')).toEqual({ acme: 1 })
    peer.close(1000)
    await scene.pass()
    const after = await scene.read()
    expect(after.table('connections')).toMatchObject({ 'connecting memory': 1, 'active memory': 0 })
    expect(after.table('tenant.connections')).toEqual({ acme: 0 })
    expect(after.table('closes')).toEqual({ '1000 peer': 1 })
    // Its middleware never settles: it is refused after 3 s, and given up after 10 more.
    await scene.pass(13_000)
    const last = await scene.read()
    expect(last.table('connections')).toMatchObject({ 'connecting memory': 0, 'closing memory': 0 })
    expect(last.table('closes')).toEqual({ '1000 peer': 1 })
  })

  it('whose end had begun before have a state, and an end that is nobody’s', async () => {
    const scene = new Scene()
    const app = open(scene)
    const served = await scene.serve(app)
    const peer = await served.connect()
    peer.answersClose = false
    for (const conn of app.connections) conn.close()
    metrics(app, { meterProvider: scene.meters.provider })
    expect((await scene.read()).table('connections')).toEqual({ 'closing memory': 1 })
    await scene.pass(5_000)
    const reading = await scene.read()
    expect(reading.table('connections')).toEqual({ 'closing memory': 0 })
    expect(reading.table('closes')).toEqual({})
  })
})

it('a transport that has no name is unknown', async () => {
  const scene = new Scene()
  const app = open(scene)
  await scene.measured(app)
  app.handle({
    request: new HandshakeRequest({ url: '/wait', headers: {}, address: '127.0.0.1' }),
    accept: () => expect.unreachable(),
    reject: () => {},
    onAbort: () => {},
  })
  expect((await scene.read()).table('connections')).toEqual({ 'connecting unknown': 1 })
})

describe('a tenant', () => {
  it('has its active connections counted, and nobody who has none', async () => {
    const scene = new Scene()
    const { served } = await scene.measured(open(scene))
    const acme = await served.connect({ path: '/tenant/acme' })
    await served.connect({ path: '/tenant/acme' })
    await served.connect({ path: '/tenant/umbra' })
    await served.connect()
    expect((await scene.read()).table('tenant.connections')).toEqual({ acme: 2, umbra: 1 })
    acme.close(1000)
    await scene.pass()
    expect((await scene.read()).table('tenant.connections')).toEqual({ acme: 1, umbra: 1 })
  })

  it('beyond those that are told apart is another one, and its count falls where it rose', async () => {
    const scene = new Scene()
    const { served } = await scene.measured(open(scene), { tenants: 2 })
    const one = await served.connect({ path: '/tenant/one' })
    await served.connect({ path: '/tenant/two' })
    const three = await served.connect({ path: '/tenant/three' })
    await served.connect({ path: '/tenant/four' })
    expect((await scene.read()).table('tenant.connections')).toEqual({ one: 1, two: 1, other: 2 })
    // A name that nobody has any more is not given to another tenant: its connections were counted elsewhere.
    one.close(1000)
    await scene.pass()
    await served.connect({ path: '/tenant/three' })
    expect((await scene.read()).table('tenant.connections')).toEqual({ one: 0, two: 1, other: 3 })
    three.close(1000)
    await scene.pass()
    expect((await scene.read()).table('tenant.connections')).toEqual({ one: 0, two: 1, other: 2 })
  })
})

describe('an end', () => {
  it('is counted by its code and by whom, with how long the connection lasted', async () => {
    const scene = new Scene()
    const app = open(scene)
    const { served } = await scene.measured(app)
    const [one, two] = [await served.connect(), await served.connect()]
    await served.connect()
    await scene.pass(5_000)
    one.close(4_321)
    two.cut()
    await scene.pass(5_000)
    for (const conn of app.connections) conn.close(4_003)
    await scene.pass()
    const reading = await scene.read()
    expect(reading.table('closes')).toEqual({ '4321 peer': 1, '1006 network': 1, '4003 server': 1 })
    expect(reading.number('connection.duration')).toBe(3)
    expect(reading.sum('connection.duration')).toBe(20)
  })

  it('of a handshake is none of a connection', async () => {
    const scene = new Scene()
    const app = open(scene).use((conn) => conn.reject({ status: 403 }))
    const { served } = await scene.measured(app)
    expect(await served.status()).toBe(403)
    ;(await served.come({ path: '/wait' })).cut()
    await scene.pass(10_000)
    const reading = await scene.read()
    expect(app.stats().totals.closed).toBe(2)
    expect(reading.table('closes')).toEqual({})
    expect(reading.of('connection.duration')).toBeUndefined()
  })

  it('that peers make up codes for leaves ours their names', async () => {
    const scene = new Scene()
    const app = open(scene)
    const { served } = await scene.measured(app, { reasons: 2 })
    for (const code of [4_900, 4_901, 4_902, 4_903]) (await served.connect()).close(code)
    await scene.pass()
    await served.connect()
    for (const conn of app.connections) conn.close(4_001)
    await scene.pass()
    expect((await scene.read()).table('closes')).toEqual({
      '4900 peer': 1,
      '4901 peer': 1,
      'other peer': 2,
      '4001 server': 1,
    })
  })
})
