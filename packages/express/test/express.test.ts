import { createServer } from 'node:http'
import { type Linkspan, linkspan } from '@linkspan/core'
import { attach, native, upgrade } from '@linkspan/express'
import { Recorder } from '@linkspan/testing'
import express, { type ErrorRequestHandler, type Express, Router } from 'express'
import session, { MemoryStore } from 'express-session'
import { describe, expect, it } from 'vitest'
import { refused, serve, upgraded } from './serve.js'

/** An application that greets with its name, and what it knows of the request. */
function greeter(name = 'chat'): Linkspan<{}> {
  return linkspan({ origin: '*' }).on('open', (conn) => {
    const { url, params, address } = conn.request
    conn.send(JSON.stringify({ name, url, params, address }))
  })
}

function serveExpress(web: Express) {
  const server = createServer(web)
  attach(server, web)
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

describe('@linkspan/express', () => {
  it('serves several applications on routes with parameters, also in a router', async () => {
    const web = express()
    web.get('/chat/:room', upgrade(greeter()))
    const api = Router({ mergeParams: true })
    api.get('/feed', upgrade(greeter('feed')))
    web.use('/users/:user', api)
    web.get('/files/*path', upgrade(greeter('files')))
    const host = await serveExpress(web)
    const address = '127.0.0.1'
    expect(await greeting(host, '/chat/gr%C3%BCn?v=2')).toEqual({
      name: 'chat',
      url: '/chat/gr%C3%BCn?v=2',
      params: { room: 'grün' },
      address,
    })
    expect(await greeting(host, '/users/7/feed')).toEqual({
      name: 'feed',
      url: '/users/7/feed',
      params: { user: '7' },
      address,
    })
    expect(await greeting(host, '/files/a/b')).toMatchObject({ name: 'files', params: { path: 'a/b' } })
  })

  it('answers a request that is no upgrade with 426', async () => {
    const web = express()
    web.get('/chat', upgrade(greeter()))
    const host = await serveExpress(web)
    const answer = refused(
      await host.connect({
        path: '/chat',
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
    const web = express()
    web.use((req, res, next) => {
      if (req.headers.authorization === 'Bearer good') next()
      else res.status(401).json({ error: 'who are you?' })
    })
    web.get('/chat', upgrade(app))
    const host = await serveExpress(web)
    const { status, headers, body } = refused(await host.connect({ path: '/chat' }).answer)
    expect([status, body, headers['connection']]).toEqual([401, '{"error":"who are you?"}', 'close'])
    expect(app.stats().totals.connections).toBe(0)
    expect(await greeting(host, '/chat', { authorization: 'Bearer good' })).toMatchObject({ name: 'chat' })
  })

  it('lets Express answer what its middleware throws', async () => {
    const app = greeter()
    const web = express()
    web.get('/thrown', () => {
      throw new Error('broken')
    })
    web.get('/rejected', async () => Promise.reject(new Error('broken too')), upgrade(app))
    const onError: ErrorRequestHandler = (error: Error, _req, res, _next) => {
      res.status(500).send(error.message)
    }
    web.use(onError)
    const host = await serveExpress(web)
    expect(refused(await host.connect({ path: '/thrown' }).answer)).toMatchObject({
      status: 500,
      body: 'broken',
    })
    expect(refused(await host.connect({ path: '/rejected' }).answer)).toMatchObject({
      status: 500,
      body: 'broken too',
    })
    expect(app.stats().totals.connections).toBe(0)
  })

  it('lets Express answer what a hook of the response throws', async () => {
    const app = greeter()
    const record = new Recorder(app)
    const web = express()
    web.get(
      '/chat',
      (_req, res, next) => {
        const { end } = res
        res.end = () => {
          res.end = end
          throw new Error('broken hook')
        }
        next()
      },
      upgrade(app),
    )
    const onError: ErrorRequestHandler = (error: Error, _req, res, _next) => {
      res.status(500).send(error.message)
    }
    web.use(onError)
    const host = await serveExpress(web)
    expect(refused(await host.connect({ path: '/chat' }).answer)).toMatchObject({
      status: 500,
      body: 'broken hook',
    })
    expect((await record.next('close')).info).toMatchObject({ code: 1006 })
  })

  it('answers a path without a route with the 404 of Express, and ends the socket', async () => {
    const web = express()
    web.get('/chat', upgrade(greeter()))
    const host = await serveExpress(web)
    const { status, body, headers } = refused(await host.connect({ path: '/talk' }).answer)
    expect(status).toBe(404)
    expect(body).toContain('Cannot GET /talk')
    expect(headers['connection']).toBe('close')
  })

  it.each([
    [false, '127.0.0.1'],
    [1, '203.0.113.9'],
    [true, '6.6.6.6'],
  ])("knows the client's address by trust proxy = %s", async (trust, address) => {
    const web = express().set('trust proxy', trust)
    web.get('/chat', upgrade(greeter()))
    const host = await serveExpress(web)
    const headers = { 'x-forwarded-for': '6.6.6.6, 203.0.113.9' }
    expect(await greeting(host, '/chat', headers)).toMatchObject({ address })
  })

  it('tells the Express request of a connection', async () => {
    const app = linkspan({ origin: '*' }).on('open', (conn) => {
      const { hostname, query } = native(conn)
      conn.send(JSON.stringify({ hostname, query }))
    })
    const web = express()
    web.get('/chat', upgrade(app))
    const host = await serveExpress(web)
    expect(await greeting(host, '/chat?v=2', { host: 'chat.example' })).toEqual({
      hostname: 'chat.example',
      query: { v: '2' },
    })
  })
})

describe('express-session on an upgrade', () => {
  function withSession(app: Linkspan<unknown>, store = new MemoryStore()): Express {
    const web = express()
    web.use(session({ secret: 'a secret of tests', resave: false, saveUninitialized: true, store }))
    web.get('/chat', upgrade(app))
    return web
  }

  it('sets its cookie with the 101, after the session was saved', async () => {
    const store = new MemoryStore()
    const app = linkspan({ origin: '*' }).use((conn, next) => {
      const { session: stored } = native(conn) as unknown as { session: { user?: string } }
      const known = stored.user
      stored.user = 'ada'
      return next({ known })
    })
    app.on('open', (conn) => void conn.send(String(conn.data.known)))
    const host = await serveExpress(withSession(app, store))
    const first = upgraded(await host.connect({ path: '/chat' }).answer)
    const cookie = first.headers['set-cookie'] ?? ''
    expect(cookie).toMatch(/^connect\.sid=.*; Path=\/; HttpOnly$/)
    expect(await first.peer.next()).toBe('undefined')
    const again = upgraded(
      await host.connect({ path: '/chat', headers: { cookie: cookie.split(';')[0] } }).answer,
    )
    expect(again.headers['set-cookie']).toBeUndefined()
    expect(await again.peer.next()).toBe('ada')
  })

  it('sets its cookie with the refusal, whose body is exact', async () => {
    const app = linkspan({ origin: '*' }).use((conn) => conn.reject({ status: 402, reason: 'pay first' }))
    const host = await serveExpress(withSession(app))
    const { status, headers, body } = refused(await host.connect({ path: '/chat' }).answer)
    expect(status).toBe(402)
    expect(headers['set-cookie']).toMatch(/^connect\.sid=/)
    expect(headers['content-type']).toBe('application/problem+json')
    expect(body).toBe(
      '{"type":"about:blank","title":"Payment Required","status":402,"detail":"pay first","code":1008}',
    )
  })

  it('holds what is sent until its store has saved', async () => {
    let save: () => void = () => {}
    class SlowStore extends MemoryStore {
      override set(...[id, stored, done]: Parameters<MemoryStore['set']>): void {
        save = () => super.set(id, stored, done)
      }
    }
    const app = linkspan({ origin: '*' }).on('open', (conn) => {
      conn.send('one')
      conn.send('two')
    })
    const record = new Recorder(app)
    const host = await serveExpress(withSession(app, new SlowStore()))
    const attempt = host.connect({ path: '/chat' })
    await record.next('open')
    save()
    const { peer, headers } = upgraded(await attempt.answer)
    expect(headers['set-cookie']).toMatch(/^connect\.sid=/)
    expect([await peer.next(), await peer.next()]).toEqual(['one', 'two'])
  })

  it('survives a client that resets while its store saves', async () => {
    let save: () => void = () => {}
    class SlowStore extends MemoryStore {
      override set(...[id, stored, done]: Parameters<MemoryStore['set']>): void {
        save = () => super.set(id, stored, done)
      }
    }
    const app = linkspan({ origin: '*' })
    const record = new Recorder(app)
    const host = await serveExpress(withSession(app, new SlowStore()))
    const attempt = host.connect({ path: '/chat' })
    await record.next('open')
    attempt.cut()
    save()
    expect((await record.next('close')).info).toMatchObject({ code: 1006, by: 'network' })
    expect(record.of('close')).toHaveLength(1)
  })
})

describe('ending an Express server', () => {
  it.each(['server first', 'drain first'])('works in any order: %s', async (order) => {
    const app = greeter()
    const web = express()
    web.get('/chat', upgrade(app))
    const server = createServer(web)
    attach(server, web)
    const host = await serve(server)
    const { peer } = upgraded(await host.connect({ path: '/chat' }).answer)
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
