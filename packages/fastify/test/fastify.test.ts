import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { type Linkspan, linkspan } from '@linkspan/core'
import plugin, { native, upgrade } from '@linkspan/fastify'
import { Recorder, type TestHost } from '@linkspan/testing'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { describe, expect, it } from 'vitest'
import { refused, serve, upgraded } from './serve.js'

/** An application that greets with its name, and what it knows of the request. */
function greeter(name = 'chat'): Linkspan<{}> {
  return linkspan({ origin: '*' }).on('open', (conn) => {
    const { url, params, address } = conn.request
    conn.send(JSON.stringify({ name, url, params, address }))
  })
}

async function serveFastify(fastify: FastifyInstance): Promise<TestHost> {
  await fastify.listen({ port: 0, host: '127.0.0.1' })
  return serve(fastify.server)
}

async function greeting(host: TestHost, path: string, headers = {}): Promise<unknown> {
  const { peer } = upgraded(await host.connect({ path, headers }).answer)
  return JSON.parse(String(await peer.next()))
}

describe('@linkspan/fastify', () => {
  it('serves several applications on routes with parameters, also in a plugin with a prefix', async () => {
    const fastify = Fastify()
    fastify.register(plugin)
    fastify.get('/chat/:room', upgrade(greeter()))
    fastify.register(
      (api, _options, done) => {
        api.get('/feed', upgrade(greeter('feed')))
        done()
      },
      { prefix: '/users/:user' },
    )
    const host = await serveFastify(fastify)
    expect(await greeting(host, '/chat/gr%C3%BCn?v=2')).toEqual({
      name: 'chat',
      url: '/chat/gr%C3%BCn?v=2',
      params: { room: 'grün' },
      address: '127.0.0.1',
    })
    expect(await greeting(host, '/users/7/feed')).toMatchObject({ name: 'feed', params: { user: '7' } })
  })

  it('answers GET and HEAD requests that are no upgrade with 426', async () => {
    const fastify = Fastify()
    fastify.register(plugin)
    fastify.get('/chat', upgrade(greeter()))
    await serveFastify(fastify)
    const answer = await fastify.inject({ url: '/chat' })
    expect([answer.statusCode, answer.headers['upgrade'], answer.headers['content-type']]).toEqual([
      426,
      'websocket',
      'application/problem+json',
    ])
    expect(answer.json()).toMatchObject({ status: 426 })
    const head = await fastify.inject({ url: '/chat', method: 'HEAD' })
    expect([head.statusCode, head.body]).toEqual([426, ''])
  })

  it.each(['onRequest', 'preHandler'] as const)(
    'lets a hook of %s refuse the upgrade, and the application never hears of it',
    async (hook) => {
      const app = greeter()
      const fastify = Fastify()
      fastify.register(plugin)
      const guard = {
        [hook]: async (request: FastifyRequest, reply: FastifyReply) => {
          if (request.headers.authorization !== 'Bearer good')
            await reply.code(401).send({ error: 'who are you?' })
        },
      }
      fastify.get('/chat', guard, upgrade(app))
      const host = await serveFastify(fastify)
      const { status, headers, body } = refused(await host.connect({ path: '/chat' }).answer)
      expect([status, body, headers['connection']]).toEqual([401, '{"error":"who are you?"}', 'close'])
      expect(app.stats().totals.connections).toBe(0)
      expect(await greeting(host, '/chat', { authorization: 'Bearer good' })).toMatchObject({ name: 'chat' })
    },
  )

  it('lets Fastify answer what a hook throws', async () => {
    const fastify = Fastify()
    fastify.register(plugin)
    const preHandler = async (): Promise<void> => {
      throw Object.assign(new Error('broken'), { statusCode: 418 })
    }
    fastify.get('/chat', { preHandler }, upgrade(greeter()))
    const host = await serveFastify(fastify)
    const { status, body } = refused(await host.connect({ path: '/chat' }).answer)
    expect([status, (JSON.parse(body) as { message: string }).message]).toEqual([418, 'broken'])
  })

  it('answers a path without a route with the 404 of Fastify, and ends the socket', async () => {
    const fastify = Fastify()
    fastify.register(plugin)
    fastify.get('/chat', upgrade(greeter()))
    const host = await serveFastify(fastify)
    const { status, body, headers } = refused(await host.connect({ path: '/talk' }).answer)
    expect([status, headers['connection']]).toEqual([404, 'close'])
    expect(body).toContain('Route GET:/talk not found')
  })

  it.each([
    [false, '127.0.0.1'],
    ['127.0.0.1', '203.0.113.9'],
    [true, '6.6.6.6'],
  ])("knows the client's address by trustProxy: %s", async (trustProxy, address) => {
    const fastify = Fastify({ trustProxy })
    fastify.register(plugin)
    fastify.get('/chat', upgrade(greeter()))
    const host = await serveFastify(fastify)
    const headers = { 'x-forwarded-for': '6.6.6.6, 203.0.113.9' }
    expect(await greeting(host, '/chat', headers)).toMatchObject({ address })
  })

  it('tells the Fastify request of a connection', async () => {
    const app = linkspan({ origin: '*' }).on('open', (conn) => {
      const { hostname, query, routeOptions } = native(conn)
      conn.send(JSON.stringify({ hostname, query, route: routeOptions.url }))
    })
    const fastify = Fastify()
    fastify.register(plugin)
    fastify.get('/chat/:room', upgrade(app))
    const host = await serveFastify(fastify)
    expect(await greeting(host, '/chat/lobby?v=2', { host: 'chat.example' })).toEqual({
      hostname: 'chat.example',
      query: { v: '2' },
      route: '/chat/:room',
    })
  })

  it('runs onSend and onResponse hooks, on the 101 and on the refusal', async () => {
    const told: string[] = []
    const fastify = Fastify()
    fastify.register(plugin)
    fastify.addHook('onSend', async (_request, reply, payload) => {
      await new Promise((resolve) => setImmediate(resolve))
      reply.header('x-after', 'yes')
      return payload
    })
    fastify.addHook('onResponse', async (_request, reply) => {
      told.push(`response ${reply.statusCode}`)
    })
    const app = linkspan({ origin: '*' }).use((conn, next) => {
      if (conn.request.path === '/no') return conn.reject({ status: 403 })
      return next()
    })
    fastify.get('/:answer', upgrade(app))
    const host = await serveFastify(fastify)
    expect(upgraded(await host.connect({ path: '/yes' }).answer).headers['x-after']).toBe('yes')
    expect(refused(await host.connect({ path: '/no' }).answer).headers['x-after']).toBe('yes')
    await expect.poll(() => told).toEqual(['response 101', 'response 403'])
  })

  it('lets Fastify answer what an onSend hook throws', async () => {
    const fastify = Fastify()
    fastify.register(plugin)
    fastify.addHook('onSend', async (_request, reply, payload) => {
      if (reply.statusCode === 101) throw new Error('broken')
      return payload
    })
    const app = greeter()
    const record = new Recorder(app)
    fastify.get('/chat', upgrade(app))
    const host = await serveFastify(fastify)
    expect(refused(await host.connect({ path: '/chat' }).answer).status).toBe(500)
    expect((await record.next('close')).info).toMatchObject({ code: 1006 })
  })
})

describe('@fastify/session on an upgrade', () => {
  async function withSession(app: Linkspan<unknown>): Promise<TestHost> {
    const fastify = Fastify()
    fastify.register(plugin)
    await fastify.register(cookie)
    await fastify.register(session, {
      secret: 'a secret of tests, which has to be long enough',
      cookie: { secure: false },
    })
    fastify.get('/chat', upgrade(app))
    return serveFastify(fastify)
  }

  it('sets its cookie with the 101, after the session was saved', async () => {
    const app = linkspan({ origin: '*' }).use((conn, next) => {
      const { session: stored } = native(conn) as unknown as { session: { user?: string } }
      const known = stored.user
      stored.user = 'ada'
      return next({ known })
    })
    app.on('open', (conn) => void conn.send(String(conn.data.known)))
    const host = await withSession(app)
    const first = upgraded(await host.connect({ path: '/chat' }).answer)
    const line = first.headers['set-cookie'] ?? ''
    expect(line).toMatch(/^sessionId=/)
    expect(await first.peer.next()).toBe('undefined')
    const again = upgraded(
      await host.connect({ path: '/chat', headers: { cookie: line.split(';', 1)[0] } }).answer,
    )
    expect(await again.peer.next()).toBe('ada')
  })

  it('sets its cookie with the refusal, whose body is exact', async () => {
    const app = linkspan({ origin: '*' }).use((conn) => conn.reject({ status: 402, reason: 'pay first' }))
    const host = await withSession(app)
    const { status, headers, body } = refused(await host.connect({ path: '/chat' }).answer)
    expect(status).toBe(402)
    expect(headers['set-cookie']).toMatch(/^sessionId=/)
    expect(headers['content-type']).toBe('application/problem+json')
    expect(body).toBe(
      '{"type":"about:blank","title":"Payment Required","status":402,"detail":"pay first","code":1008}',
    )
  })
})

describe('ending a Fastify server', () => {
  async function chat(options = {}) {
    const app = greeter()
    const fastify = Fastify()
    fastify.register(plugin, options)
    fastify.get('/chat', upgrade(app))
    const host = await serveFastify(fastify)
    const { peer } = upgraded(await host.connect({ path: '/chat' }).answer)
    return { app, fastify, host, peer }
  }

  it('fastify.close() drains the applications that it serves, and then has closed', async () => {
    const { app, fastify, peer } = await chat()
    await fastify.close()
    expect(await peer.closed).toEqual({ code: 1012, reason: 'restarting' })
    expect(app.connections.size).toBe(0)
  })

  it('fastify.close() drains as it was told', async () => {
    const { fastify, peer } = await chat({ drain: { code: 1001, reason: 'for good' } })
    await fastify.close()
    expect(await peer.closed).toEqual({ code: 1001, reason: 'for good' })
  })

  it('refuses upgrades while it closes', async () => {
    const { app, fastify, host, peer } = await chat()
    peer.answersClose = false
    const closed = fastify.close()
    await expect.poll(() => [...app.connections].map(({ state }) => state)).toEqual(['closing'])
    expect(refused(await host.connect({ path: '/chat' }).answer).status).toBe(503)
    peer.cut()
    await closed
    expect(app.connections.size).toBe(0)
  })

  it.each(['drain, then close', 'server, then drain, then close', 'close and drain at once'])(
    'works in any order: %s',
    async (order) => {
      const { app, fastify, peer } = await chat()
      if (order.startsWith('server')) fastify.server.close()
      if (order.includes('at once')) await Promise.all([fastify.close(), app.drain()])
      else {
        expect(await app.drain()).toMatchObject({ closed: 1, forced: 0 })
        await fastify.close()
      }
      expect((await peer.closed).code).toBe(1012)
      expect(app.connections.size).toBe(0)
    },
  )
})
