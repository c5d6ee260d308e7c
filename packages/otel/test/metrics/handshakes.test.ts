import { pipeline, Rejection } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { Scene } from './scene.js'

describe('handshakes', () => {
  it('are told by how they went: with the status and the reason of a refusal', async () => {
    const scene = new Scene()
    const app = scene.app().use(async (conn, next) => {
      if (conn.request.path === '/no') return conn.reject({ status: 401, reason: 'no token' })
      if (conn.request.path === '/quiet') return conn.reject({ status: 403 })
      if (conn.request.path === '/wait') return new Promise<never>(() => {})
      return next()
    })
    const { served } = await scene.measured(app)
    expect(await served.status()).toBe(101)
    expect(await served.status({ path: '/no' })).toBe(401)
    expect(await served.status({ path: '/no' })).toBe(401)
    expect(await served.status({ path: '/quiet' })).toBe(403)
    ;(await served.come({ path: '/wait' })).cut()
    await scene.pass()
    const reading = await scene.read()
    expect(reading.table('handshakes')).toEqual({
      'opened 101': 1,
      'refused 401 no token': 2,
      'refused 403': 1,
      aborted: 1,
    })
    expect(reading.attributes('handshakes')).toContainEqual({
      'linkspan.outcome': 'refused',
      'http.response.status_code': 401,
      'linkspan.reason': 'no token',
    })
    expect(reading.table('handshake.duration')).toEqual({ opened: 1, refused: 3, aborted: 1 })
  })

  it('take the time from their arrival to their end', async () => {
    const scene = new Scene()
    const app = scene.app().use(async (_, next) => {
      await new Promise<void>((resolve) => scene.clock.setTimeout(resolve, 250))
      return next()
    })
    const { served } = await scene.measured(app)
    await served.come()
    await scene.pass(250)
    expect((await scene.read()).sum('handshake.duration')).toBe(0.25)
  })

  it('that run out of time are refused, and no middleware is', async () => {
    const scene = new Scene()
    const app = scene.app().use(async (conn) => {
      await new Promise((resolve) => conn.signal.addEventListener('abort', resolve))
      throw new Error('too late')
    })
    const { served } = await scene.measured(app)
    await served.come()
    await scene.pass(3_000)
    const reading = await scene.read()
    expect(reading.table('handshakes')).toEqual({ 'refused 503 the handshake took too long': 1 })
    expect(reading.table('middleware.refusals')).toEqual({})
  })
})

describe('a middleware', () => {
  it('that refuses is named, and so is one that fails or forgets to go on', async () => {
    const scene = new Scene()
    const app = scene
      .app()
      .use(async function outer(_, next) {
        return next()
      })
      .use(function gate(conn, next) {
        return conn.request.path === '/no' ? conn.reject({ status: 401 }) : next()
      })
      .use(async function profile(conn, next) {
        if (conn.request.path === '/broken') throw new Error('no database')
        return conn.request.path === '/forgets' ? (undefined as never) : next()
      })
      .use((conn, next) => {
        if (conn.request.path === '/nobody') throw new Rejection({ status: 404 })
        return next()
      })
    const { served } = await scene.measured(app)
    expect(await served.status()).toBe(101)
    expect(await served.status({ path: '/no' })).toBe(401)
    expect(await served.status({ path: '/broken' })).toBe(500)
    expect(await served.status({ path: '/forgets' })).toBe(500)
    expect(await served.status({ path: '/nobody' })).toBe(404)
    expect((await scene.read()).table('middleware.refusals')).toEqual({
      'gate refused': 1,
      'profile failed': 2,
      'anonymous refused': 1,
    })
  })

  it('within a bundle is the one that refused, and not the bundle as well', async () => {
    const scene = new Scene()
    const app = scene.app().use(
      pipeline().use(function gate(conn) {
        return conn.reject({ status: 401 })
      }),
    )
    const { served } = await scene.measured(app)
    await Promise.all([served.status(), served.status(), served.status()])
    expect((await scene.read()).table('middleware.refusals')).toEqual({ 'gate refused': 3 })
  })
})
