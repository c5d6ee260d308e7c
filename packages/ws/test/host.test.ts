import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { type HttpRefusal, type Linkspan, linkspan } from '@linkspan/core'
import { type ConnectOptions, encodeFrame, Opcode, Recorder } from '@linkspan/testing'
import { attach } from '@linkspan/ws'
import { attachHost, entrance } from '@linkspan/ws/host'
import { describe, expect, it } from 'vitest'
import { refused, type Serving, serve, upgraded } from './serve.js'

/** What a framework does around its route; by default nothing. */
interface Hooks {
  before?(res: ServerResponse): void
  /** Ends the response. */
  end?(res: ServerResponse, body: string): void
}

/** The smallest framework: one route at every path but `/nowhere` and `/login`. */
function framework(app: Linkspan<unknown>, { before, end }: Hooks = {}): RequestListener {
  const enter = entrance(app)
  return (req, res) => {
    before?.(res)
    if (req.url === '/nowhere')
      return void res.writeHead(404, { 'content-type': 'text/plain' }).end('nothing here')
    if (req.url === '/login')
      return void res.writeHead(401, { 'www-authenticate': 'Basic' }).end('who are you?')
    const respond = ({ status, headers, body }: HttpRefusal): void => {
      res.statusCode = status
      for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
      if (end === undefined) res.end(body)
      else end(res, body)
    }
    const address = req.socket.remoteAddress
    enter(req, { url: req.url ?? '/', via: 'test', address, params: {}, native: req, respond })
  }
}

async function host(app: Linkspan<unknown>, hooks?: Hooks): Promise<Serving> {
  const listener = framework(app, hooks)
  const server = createServer(listener)
  attachHost(server, listener)
  return serve(server)
}

/** A hook that ends the response when it is told to. */
function held() {
  let release: () => void = () => {}
  let arrived: () => void = () => {}
  const waits = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const end = (res: ServerResponse, body: string): void => {
    release = () => void res.end(body)
    arrived()
  }
  return { end, waits, release: () => release() }
}

const open = () => linkspan({ origin: '*' }).message((conn, message) => void conn.send(message))

describe('what hooks set on the response', () => {
  const cookies = (res: ServerResponse): void => {
    res.setHeader('Set-Cookie', ['a=1; Path=/', 'b=2; HttpOnly'])
    res.setHeader('X-Request-Id', '7')
    res.setHeader('Content-Type', 'text/html')
  }

  it('leaves with the 101, but for what is about a body or the connection', async () => {
    const { connect } = await host(open(), { before: cookies })
    const { headers, peer } = upgraded(await connect().answer)
    expect(headers).toEqual({
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-accept': expect.any(String) as string,
      'set-cookie': 'a=1; Path=/\nb=2; HttpOnly',
      'x-request-id': '7',
    })
    peer.send('hello')
    expect(await peer.next()).toBe('hello')
  })

  it('leaves with the 101 where it is given to writeHead only', async () => {
    const end = (res: ServerResponse): void => void res.writeHead(101, { 'Set-Cookie': 'c=3' }).end()
    const { connect } = await host(open(), { end })
    expect(upgraded(await connect().answer).headers['set-cookie']).toBe('c=3')
  })

  it('leaves with the refusal, whose body and type are exact', async () => {
    const app = open().use((conn) => conn.reject({ status: 402, reason: 'pay first', retryAfter: 5 }))
    const { connect } = await host(app, { before: cookies })
    const { status, headers, body } = refused(await connect().answer)
    expect(status).toBe(402)
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      connection: 'close',
      'retry-after': '5',
      'set-cookie': 'a=1; Path=/\nb=2; HttpOnly',
    })
    expect(body).toBe(
      '{"type":"about:blank","title":"Payment Required","status":402,"detail":"pay first","code":1008}',
    )
  })

  it('tells those who wait for the end of the response', async () => {
    const told: string[] = []
    const before = (res: ServerResponse): void => {
      for (const event of ['finish', 'close']) res.on(event, () => told.push(`${event} ${res.statusCode}`))
    }
    const { connect } = await host(open(), { before })
    await connect().answer
    await expect.poll(() => told).toEqual(['finish 101', 'close 101'])
  })
})

describe('while hooks run, after the application has accepted', () => {
  it('what is sent waits for the 101, in order, and the close frame behind it', async () => {
    const hook = held()
    const results: string[] = []
    const app = open().on('open', (conn) => {
      for (let i = 0; i < 3; i += 1) results.push(conn.send(String(i)))
      conn.close(4000, 'done')
    })
    const record = new Recorder(app)
    const { connect } = await host(app, hook)
    const attempt = connect()
    await hook.waits
    hook.release()
    const { peer } = upgraded(await attempt.answer)
    expect([await peer.next(), await peer.next(), await peer.next()]).toEqual(['0', '1', '2'])
    expect(await peer.closed).toEqual({ code: 4000, reason: 'done' })
    expect(results).toEqual(['sent', 'sent', 'sent'])
    expect(record.of('backpressure')).toEqual([])
    expect((await record.next('close')).info).toMatchObject({ code: 4000, by: 'server', clean: true })
  })

  it('what is sent is bounded, counted, and drains', async () => {
    const hook = held()
    const results: string[] = []
    const app = open().on('open', (conn) => {
      for (let i = 0; i < 40; i += 1) results.push(conn.send(`${i} `.padEnd(10_000, '.')))
      expect(conn.bufferedAmount).toBe(400_000)
    })
    const { connect } = await host(app, hook)
    const attempt = connect()
    await hook.waits
    const [conn] = app.connections
    const drained = conn?.drained()
    hook.release()
    const { peer } = upgraded(await attempt.answer)
    const numbers: number[] = []
    for (let i = 0; i < 40; i += 1) numbers.push(Number.parseInt(String(await peer.next()), 10))
    await drained
    expect(numbers).toEqual(Array.from({ length: 40 }, (_, i) => i))
    expect(results.filter((result) => result === 'sent')).toHaveLength(6)
    expect(new Set(results.slice(6))).toEqual(new Set(['queued']))
    expect(conn?.bufferedAmount).toBe(0)
  })

  it('what the peer sends waits too, in order', async () => {
    const hook = held()
    const { connect } = await host(open(), hook)
    const text = (payload: string): Uint8Array => encodeFrame({ opcode: Opcode.text, payload })
    const attempt = connect({ early: Buffer.concat([text('one'), text('two')]) })
    await hook.waits
    hook.release()
    const { peer } = upgraded(await attempt.answer)
    expect([await peer.next(), await peer.next()]).toEqual(['one', 'two'])
  })

  it('a connection that is terminated is gone, without a 101', async () => {
    const hook = held()
    const app = open()
    const record = new Recorder(app)
    const { connect } = await host(app, hook)
    const attempt = connect()
    await hook.waits
    for (const conn of app.connections) conn.terminate()
    await expect(attempt.answer).rejects.toThrow('without an answer')
    expect((await record.next('close')).info).toMatchObject({ code: 1006, by: 'server' })
    hook.release()
  })

  it.each(['cut', 'end'] as const)(
    'a client that leaves (%s) is one end, and harms nobody',
    async (leave) => {
      const hook = held()
      const app = open()
      const record = new Recorder(app)
      const { connect } = await host(app, hook)
      const attempt = connect()
      await hook.waits
      attempt[leave]()
      hook.release()
      expect((await record.next('close')).info).toMatchObject({ code: 1006, by: 'network' })
      expect(record.of('close')).toHaveLength(1)
    },
  )

  it('a hook that answers something else has the last word', async () => {
    const app = open()
    const record = new Recorder(app)
    const { connect } = await host(app, {
      end: (res) => void res.writeHead(500, { 'content-length': 5 }).end('store'),
    })
    const { status, body } = refused(await connect().answer)
    expect([status, body]).toEqual([500, 'store'])
    expect((await record.next('close')).info).toMatchObject({ code: 1006, by: 'network' })
  })

  it('a hook that throws ends the connection, and nothing else', async () => {
    const app = open()
    const record = new Recorder(app)
    const end = (): void => {
      throw new Error('the store is down')
    }
    const { connect } = await host(app, { end })
    await expect(connect().answer).rejects.toThrow('without an answer')
    expect((await record.next('close')).info).toMatchObject({ code: 1006, by: 'network' })
  })

  it('a hook that never ends is waited for as long as a handshake may take', async () => {
    const app = linkspan({ origin: '*', handshakeTimeout: 40 })
    const record = new Recorder(app)
    const { connect } = await host(app, { end: () => {} })
    await expect(connect().answer).rejects.toThrow('without an answer')
    expect((await record.next('close')).info).toMatchObject({ code: 1006, by: 'network' })
  })

  it('a hook that never ends a refusal is cut too', async () => {
    const app = linkspan({ origin: '*', handshakeTimeout: 40 }).use((conn) => conn.reject({ status: 403 }))
    const record = new Recorder(app)
    const { connect } = await host(app, { end: () => {} })
    await expect(connect().answer).rejects.toThrow('without an answer')
    expect((await record.next('close')).info).toMatchObject({ code: 4003, by: 'server' })
  })
})

describe('a framework that answers by itself', () => {
  it('is heard, byte for byte, and the socket ends', async () => {
    const app = open()
    const { connect } = await host(app)
    const login = refused(await connect({ path: '/login' }).answer)
    expect([login.status, login.body]).toEqual([401, 'who are you?'])
    expect(login.headers).toMatchObject({ 'www-authenticate': 'Basic', connection: 'close' })
    const nowhere = refused(await connect({ path: '/nowhere' }).answer)
    expect([nowhere.status, nowhere.body]).toEqual([404, 'nothing here'])
    expect(app.stats().totals.connections).toBe(0)
  })

  it('may stream more than a socket takes at once', async () => {
    const app = open()
    const whole = Buffer.alloc(4 * 1_048_576, 'x')
    const listener: RequestListener = (_req, res) => {
      res.writeHead(403, { 'content-length': whole.length })
      Readable.from(chunksOf(whole)).pipe(res)
    }
    const server = createServer()
    attachHost(server, listener)
    const { connect } = await serve(server)
    const { status, body } = refused(await connect().answer)
    expect([status, body.length]).toEqual([403, whole.length])
    expect(app.stats().totals.connections).toBe(0)
  })

  it('while the application still thinks, ends the application’s handshake', async () => {
    const app = linkspan({ origin: '*' }).use(
      (conn) =>
        new Promise<never>((_, reject) => {
          conn.signal.addEventListener('abort', () => reject(conn.signal.reason as Error))
        }),
    )
    const record = new Recorder(app)
    let response: ServerResponse | undefined
    const { connect } = await host(app, {
      before: (res) => {
        response = res
      },
    })
    const attempt = connect()
    await expect.poll(() => app.connections.size).toBe(1)
    response?.writeHead(503, { 'content-length': 8 }).end('too late')
    const { status, body } = refused(await attempt.answer)
    expect([status, body]).toEqual([503, 'too late'])
    expect((await record.next('close')).info).toMatchObject({ code: 1006, by: 'network' })
    expect(record.of('close')).toHaveLength(1)
  })

  it('may give its response up, which ends the socket', async () => {
    const { connect } = await host(open(), { before: (res) => void res.destroy() })
    await expect(connect().answer).rejects.toThrow('without an answer')
  })

  it('is not asked about a malformed upgrade', async () => {
    let asked = 0
    const { connect } = await host(open(), {
      before: () => {
        asked += 1
      },
    })
    const malformed: ConnectOptions = { headers: { 'sec-websocket-key': 'short' } }
    expect(refused(await connect(malformed).answer).status).toBe(400)
    expect(asked).toBe(0)
  })
})

describe('a framework on a server that others listen to', () => {
  it('leaves what it has no route for, and answers the rest', async () => {
    const app = open()
    const server = createServer()
    attachHost(server, framework(app))
    server.on('upgrade', (req, socket) => {
      if (req.url !== '/nowhere') return
      socket.end('HTTP/1.1 418 I am a Teapot\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    })
    const { connect } = await serve(server)
    expect(refused(await connect({ path: '/nowhere' }).answer).status).toBe(418)
    expect(refused(await connect({ path: '/login' }).answer).status).toBe(401)
    const { peer } = upgraded(
      await connect({ path: '/chat', early: encodeFrame({ opcode: Opcode.text, payload: 'early' }) }).answer,
    )
    expect(await peer.next()).toBe('early')
  })

  it('says nothing where the other was faster', async () => {
    const server = createServer()
    server.on('upgrade', (_req, socket) => {
      socket.end('HTTP/1.1 418 I am a Teapot\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    })
    attachHost(server, framework(open()))
    const { connect } = await serve(server)
    expect(refused(await connect({ path: '/login' }).answer).status).toBe(418)
  })

  it('with paths of its own, is asked about no other', async () => {
    let asked = 0
    const app = open()
    const server = createServer()
    const before = (): void => {
      asked += 1
    }
    attachHost(server, framework(app, { before }), { path: ['/chat/:room', '/login'] })
    server.on('upgrade', (req, socket) => {
      if (req.url !== '/vite') return
      socket.end('HTTP/1.1 418 I am a Teapot\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    })
    const { connect } = await serve(server)
    expect(refused(await connect({ path: '/vite' }).answer).status).toBe(418)
    expect(asked).toBe(0)
    expect(refused(await connect({ path: '/login' }).answer).status).toBe(401)
    upgraded(await connect({ path: '/chat/lobby' }).answer)
  })

  it('shares it with bare applications', async () => {
    const bare = linkspan({ origin: '*' }).on('open', (conn) => void conn.send('bare'))
    const hosted = linkspan({ origin: '*' }).on('open', (conn) => void conn.send('hosted'))
    const server = createServer()
    attachHost(server, framework(hosted))
    attach(server, bare, { path: '/bare' })
    expect(server.listenerCount('upgrade')).toBe(1)
    const { connect } = await serve(server)
    expect(await upgraded(await connect({ path: '/bare' }).answer).peer.next()).toBe('bare')
    expect(await upgraded(await connect({ path: '/chat' }).answer).peer.next()).toBe('hosted')
    expect(refused(await connect({ path: '/nowhere' }).answer).body).toBe('nothing here')
  })
})

function* chunksOf(whole: Buffer): Generator<Buffer> {
  for (let at = 0; at < whole.length; at += 50_000) yield whole.subarray(at, at + 50_000)
}
