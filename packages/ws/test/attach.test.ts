import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Connection, type Linkspan, linkspan } from '@linkspan/core'
import { attach, native, upgrade } from '@linkspan/ws'
import { describe, expect, it } from 'vitest'
import { refused, serve, upgraded } from './serve.js'

/** An application that greets with its name and what it was routed with. */
function greeter(name: string): Linkspan<{}> {
  return linkspan().on('open', (conn) => {
    conn.send(`${name} ${JSON.stringify(conn.request.params)}`)
  })
}

describe('attach', () => {
  it('routes by path, with named segments decoded', async () => {
    const server = createServer()
    attach(server, greeter('chat'), { path: ['/chat/:room', '/rooms/:room/live'] })
    attach(server, greeter('feed'), { path: '/feed' })
    const host = await serve(server)
    const greetings = ['/chat/gr%C3%BCn?v=2', '/rooms/7/live', '/feed?since=1'].map(async (path) =>
      upgraded(await host.connect({ path }).answer).peer.next(),
    )
    expect(await Promise.all(greetings)).toEqual(['chat {"room":"grün"}', 'chat {"room":"7"}', 'feed {}'])
  })

  it('is one listener, however often', async () => {
    const server = createServer()
    attach(server, greeter('chat'), { path: '/chat' })
    attach(server, greeter('feed'), { path: '/feed' })
    expect(server.listenerCount('upgrade')).toBe(1)
  })

  it('without a path takes what no other has, whichever came first', async () => {
    const server = createServer()
    attach(server, greeter('rest'))
    attach(server, greeter('chat'), { path: '/chat' })
    const host = await serve(server)
    expect(await upgraded(await host.connect({ path: '/chat' }).answer).peer.next()).toBe('chat {}')
    expect(await upgraded(await host.connect({ path: '/else' }).answer).peer.next()).toBe('rest {}')
  })

  it.each(['/talk', '/chat', '/chat/', '/chat/%E0%A4%A', '/chat/lobby/1'])(
    'answers %s, which nobody has, with 404 and the end of the socket',
    async (path) => {
      const server = createServer()
      attach(server, greeter('chat'), { path: '/chat/:room' })
      const sockets = new Set<Duplex>()
      server.on('connection', (socket) => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
      })
      const host = await serve(server)
      const answer = refused(await host.connect({ path }).answer)
      expect(answer.status).toBe(404)
      expect(answer.headers['content-type']).toBe('application/problem+json')
      expect(answer.headers['connection']).toBe('close')
      expect(answer.body).toBe('{"type":"about:blank","title":"Not Found","status":404,"code":1008}')
      await expect.poll(() => sockets.size).toBe(0)
    },
  )

  it('refuses a malformed upgrade of its path, and of a path that nobody has, as such', async () => {
    const server = createServer()
    attach(server, greeter('chat'), { path: '/chat' })
    const host = await serve(server)
    for (const path of ['/chat', '/else']) {
      const answer = refused(await host.connect({ path, headers: { 'sec-websocket-version': '8' } }).answer)
      expect([answer.status, answer.headers['sec-websocket-version']]).toEqual([426, '13'])
    }
  })

  it('leaves a path that nobody has to another listener, untouched', async () => {
    const server = createServer()
    const heads: string[] = []
    attach(server, greeter('chat'), { path: '/chat' })
    server.on('upgrade', (req, socket, head) => {
      if (req.url !== '/foreign') return
      heads.push(head.toString())
      expect(socket.listenerCount('data')).toBe(0)
      socket.end('HTTP/1.1 418 I am a Teapot\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    })
    const host = await serve(server)
    const early = Buffer.from('early')
    expect(refused(await host.connect({ path: '/foreign', early }).answer).status).toBe(418)
    expect(heads).toEqual(['early'])
    expect(await upgraded(await host.connect({ path: '/chat' }).answer).peer.next()).toBe('chat {}')
  })

  it('leaves a malformed upgrade of a path that nobody has to another listener too', async () => {
    const server = createServer()
    attach(server, greeter('chat'), { path: '/chat' })
    server.on('upgrade', (req, socket) => {
      if (req.url === '/h2c')
        socket.end('HTTP/1.1 501 Not Implemented\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    })
    const host = await serve(server)
    expect(refused(await host.connect({ path: '/h2c', headers: { upgrade: 'h2c' } }).answer).status).toBe(501)
  })

  it('throws for a pattern that is none, before it listens', () => {
    const server = createServer()
    expect(() => attach(server, greeter('chat'), { path: 'chat' })).toThrow("'/chat/:room'")
    expect(server.listenerCount('upgrade')).toBe(0)
  })
})

describe('native', () => {
  it('is the request that came in', async () => {
    const seen: (string | undefined)[] = []
    const app = linkspan().on('open', (conn: Connection<unknown>) => {
      const { url, socket } = native(conn)
      seen.push(url, socket.remoteAddress)
    })
    const host = await serve(createServer().on('upgrade', upgrade(app)))
    await upgraded(await host.connect({ path: '/chat?v=2' }).answer)
    expect(seen).toEqual(['/chat?v=2', '127.0.0.1'])
  })
})
