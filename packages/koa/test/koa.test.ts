import Router from '@koa/router'
import { type Linkspan, linkspan } from '@linkspan/core'
import { attach, type KoaApplication, native, upgrade } from '@linkspan/koa'
import { Recorder } from '@linkspan/testing'
import Koa from 'koa'
import session from 'koa-session'
import { describe, expect, it } from 'vitest'
import { refused, serve, serverOf, upgraded } from './serve.js'

/** An application that greets with its name, and what it knows of the request. */
function greeter(name = 'chat'): Linkspan<{}> {
  return linkspan({ origin: '*' }).on('open', (conn) => {
    const { url, params, address } = conn.request
    conn.send(JSON.stringify({ name, url, params, address }))
  })
}

function serveKoa(koa: KoaApplication) {
  const server = serverOf(koa)
  attach(server, koa)
  return serve(server)
}

async function greeting(
  host: Awaited<ReturnType<typeof serve>>,
  path: string,
  headers = {},
): Promise<unknown> {
  const { peer } = upgraded(await host.connect({ path, headers }).answer)
  return JSON.parse(String(await peer.next()))
}

describe('@linkspan/koa', () => {
  it('serves several applications on routes with parameters', async () => {
    const router = new Router()
    router.get('/chat/:room', upgrade(greeter()))
    router.get('/feed', upgrade(greeter('feed')))
    const host = await serveKoa(new Koa().use(router.routes()))
    expect(await greeting(host, '/chat/gr%C3%BCn?v=2')).toEqual({
      name: 'chat',
      url: '/chat/gr%C3%BCn?v=2',
      params: { room: 'grün' },
      address: '127.0.0.1',
    })
    expect(await greeting(host, '/feed')).toMatchObject({ name: 'feed', params: {} })
  })

  it('serves an application without a router', async () => {
    const host = await serveKoa(new Koa().use(upgrade(greeter())))
    expect(await greeting(host, '/anything')).toMatchObject({ url: '/anything', params: {} })
  })

  it('answers a request that is no upgrade with 426', async () => {
    const host = await serveKoa(new Koa().use(upgrade(greeter())))
    const answer = refused(
      await host.connect({
        headers: { connection: 'close', upgrade: undefined, 'sec-websocket-key': undefined },
      }).answer,
    )
    expect([answer.status, answer.headers['upgrade'], answer.headers['content-type']]).toEqual([
      426,
      'websocket',
      'application/problem+json',
    ])
    expect(answer.body).toContain('"status":426')
  })

  it('lets middleware refuse the upgrade, and the application never hears of it', async () => {
    const app = greeter()
    const koa = new Koa()
    koa.use(async (ctx, next) => {
      if (ctx.get('authorization') !== 'Bearer good') ctx.throw(401, 'who are you?')
      await next()
    })
    koa.use(upgrade(app))
    const host = await serveKoa(koa)
    const { status, headers, body } = refused(await host.connect().answer)
    expect([status, body, headers['connection']]).toEqual([401, 'who are you?', 'close'])
    expect(app.stats().totals.connections).toBe(0)
    expect(await greeting(host, '/', { authorization: 'Bearer good' })).toMatchObject({ name: 'chat' })
  })

  it('answers a path without a route with the 404 of Koa, and ends the socket', async () => {
    const router = new Router()
    router.get('/chat', upgrade(greeter()))
    const host = await serveKoa(new Koa().use(router.routes()))
    const { status, body, headers } = refused(await host.connect({ path: '/talk' }).answer)
    expect([status, body, headers['connection']]).toEqual([404, 'Not Found', 'close'])
  })

  it.each([
    [{}, '127.0.0.1'],
    [{ proxy: true, maxIpsCount: 1 }, '203.0.113.9'],
    [{ proxy: true }, '6.6.6.6'],
  ])("knows the client's address by the settings of Koa: %o", async (options, address) => {
    const host = await serveKoa(new Koa(options).use(upgrade(greeter())))
    const headers = { 'x-forwarded-for': '6.6.6.6, 203.0.113.9' }
    expect(await greeting(host, '/', headers)).toMatchObject({ address })
  })

  it('tells the context of a connection', async () => {
    const app = linkspan({ origin: '*' }).on('open', (conn) => {
      const { hostname, query, state } = native(conn)
      conn.send(JSON.stringify({ hostname, query, state }))
    })
    const koa = new Koa().use((ctx, next) => {
      ctx.state['user'] = 'ada'
      return next()
    })
    const host = await serveKoa(koa.use(upgrade(app)))
    expect(await greeting(host, '/?v=2', { host: 'chat.example' })).toEqual({
      hostname: 'chat.example',
      query: { v: '2' },
      state: { user: 'ada' },
    })
  })

  it('runs what middleware does after next(), once the application has answered', async () => {
    const told: number[] = []
    const koa = new Koa().use(async (ctx, next) => {
      await next()
      told.push(ctx.status)
      ctx.set('X-After', 'yes')
    })
    const app = linkspan({ origin: '*' }).use((conn, next) => {
      if (conn.request.path === '/no') return conn.reject({ status: 403 })
      return next()
    })
    const host = await serveKoa(koa.use(upgrade(app)))
    expect(upgraded(await host.connect({ path: '/yes' }).answer).headers['x-after']).toBe('yes')
    expect(refused(await host.connect({ path: '/no' }).answer).headers['x-after']).toBe('yes')
    expect(told).toEqual([101, 403])
  })

  it('lets Koa answer what middleware throws after next()', async () => {
    const koa = new Koa().use(async (_ctx, next) => {
      await next()
      throw new Error('broken')
    })
    koa.silent = true
    const app = greeter()
    const record = new Recorder(app)
    const host = await serveKoa(koa.use(upgrade(app)))
    expect(refused(await host.connect().answer)).toMatchObject({ status: 500, body: 'Internal Server Error' })
    expect((await record.next('close')).info).toMatchObject({ code: 1006 })
  })

  it('lets Koa answer what its context throws', async () => {
    const app = greeter()
    const record = new Recorder(app)
    const koa = new Koa().use((ctx, next) => {
      const { set } = ctx
      ctx.set = () => {
        ctx.set = set
        throw Object.assign(new Error('broken'), { status: 503, expose: true })
      }
      return next()
    })
    koa.silent = true
    const host = await serveKoa(koa.use(upgrade(app)))
    expect(refused(await host.connect().answer)).toMatchObject({ status: 503, body: 'broken' })
    expect((await record.next('close')).info).toMatchObject({ code: 1006 })
  })

  it('lets middleware end when the client leaves before an answer', async () => {
    let ended = false
    const koa = new Koa().use(async (_ctx, next) => {
      await next()
      ended = true
    })
    const app = linkspan({ origin: '*' }).use(
      (conn) =>
        new Promise<never>((_, reject) => {
          conn.signal.addEventListener('abort', () => reject(conn.signal.reason as Error))
        }),
    )
    const host = await serveKoa(koa.use(upgrade(app)))
    const attempt = host.connect()
    await expect.poll(() => app.connections.size).toBe(1)
    attempt.cut()
    await expect.poll(() => ended).toBe(true)
    expect(app.connections.size).toBe(0)
  })
})

describe('koa-session on an upgrade', () => {
  function withSession(app: Linkspan<unknown>): Koa {
    const koa = new Koa()
    koa.keys = ['a secret of tests']
    koa.use(session({ key: 'linkspan.sess' }, koa))
    return koa.use(upgrade(app))
  }

  it('sets its cookies with the 101', async () => {
    const app = linkspan({ origin: '*' }).use((conn, next) => {
      const { session: stored } = native(conn) as unknown as { session: { user?: string } }
      const known = stored.user
      stored.user = 'ada'
      return next({ known })
    })
    app.on('open', (conn) => void conn.send(String(conn.data.known)))
    const host = await serveKoa(withSession(app))
    const first = upgraded(await host.connect().answer)
    const cookies = (first.headers['set-cookie'] ?? '').split('\n')
    expect(cookies.map((cookie) => cookie.split('=', 1)[0])).toEqual(['linkspan.sess', 'linkspan.sess.sig'])
    expect(await first.peer.next()).toBe('undefined')
    const cookie = cookies.map((line) => line.split(';', 1)[0]).join('; ')
    const again = upgraded(await host.connect({ headers: { cookie } }).answer)
    expect(await again.peer.next()).toBe('ada')
  })

  it('sets its cookies with the refusal, whose body is exact', async () => {
    const app = linkspan({ origin: '*' }).use((conn) => {
      const { session: stored } = native(conn) as unknown as { session: { tries?: number } }
      stored.tries = 1
      return conn.reject({ status: 402, reason: 'pay first' })
    })
    const host = await serveKoa(withSession(app))
    const { status, headers, body } = refused(await host.connect().answer)
    expect(status).toBe(402)
    expect(headers['set-cookie']).toMatch(/^linkspan\.sess=/)
    expect(headers['content-type']).toBe('application/problem+json')
    expect(body).toBe(
      '{"type":"about:blank","title":"Payment Required","status":402,"detail":"pay first","code":1008}',
    )
  })
})

describe('ending a Koa server', () => {
  it.each(['server first', 'drain first'])('works in any order: %s', async (order) => {
    const app = greeter()
    const koa = new Koa().use(upgrade(app))
    const server = serverOf(koa)
    attach(server, koa)
    const host = await serve(server)
    const { peer } = upgraded(await host.connect().answer)
    const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()))
    if (order === 'server first') {
      const closed = close()
      expect(await app.drain()).toMatchObject({ closed: 1, forced: 0 })
      await closed
    } else {
      expect(await app.drain()).toMatchObject({ closed: 1, forced: 0 })
      await close()
    }
    expect((await peer.closed).code).toBe(1012)
  })
})
