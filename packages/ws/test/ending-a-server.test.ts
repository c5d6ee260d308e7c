import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { linkspan } from '@linkspan/core'
import type { Peer } from '@linkspan/testing'
import { upgrade } from '@linkspan/ws'
import { describe, expect, it } from 'vitest'
import { refused, serve, upgraded } from './serve.js'

const app = () => linkspan({ origin: '*' }).message((conn, message) => void conn.send(message))

async function ask(peer: Peer): Promise<void> {
  peer.send('still there?')
  expect(await peer.next()).toBe('still there?')
}

function closing(server: Server): Promise<void> {
  return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())))
}

describe('ending a server', () => {
  it('server.close() first: open connections live on until the drain, and then it has closed', async () => {
    const served = app()
    const server = createServer().on('upgrade', upgrade(served))
    const host = await serve(server)
    const { peer } = upgraded(await host.connect().answer)
    let closed = false
    const end = closing(server).then(() => {
      closed = true
    })
    await ask(peer)
    expect(closed).toBe(false)
    const report = await served.drain()
    expect(report).toMatchObject({ closed: 1, forced: 0 })
    expect(await peer.closed).toEqual({ code: 1012, reason: 'restarting' })
    await end
  })

  it('the drain first: newcomers are told to come back, and the server then closes at once', async () => {
    const served = app()
    const server = createServer().on('upgrade', upgrade(served))
    const host = await serve(server)
    const { peer } = upgraded(await host.connect().answer)
    const report = served.drain({ retryAfter: 7 })
    const answer = refused(await host.connect().answer)
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '7'])
    expect(await report).toMatchObject({ closed: 1, forced: 0 })
    expect((await peer.closed).code).toBe(1012)
    await closing(server)
  })

  it('both at once', async () => {
    const served = app()
    const server = createServer().on('upgrade', upgrade(served))
    const host = await serve(server)
    const peers = await Promise.all([1, 2, 3].map(async () => upgraded(await host.connect().answer).peer))
    const [report] = await Promise.all([served.drain(), closing(server)])
    expect(report).toMatchObject({ closed: 3, forced: 0 })
    for (const peer of peers) expect((await peer.closed).code).toBe(1012)
  })

  it('a connection of a server that has closed serves on, and may be the last', async () => {
    const served = app()
    const server = createServer().on('upgrade', upgrade(served))
    const host = await serve(server)
    const { peer } = upgraded(await host.connect().answer)
    server.closeAllConnections()
    const end = closing(server)
    await ask(peer)
    peer.close(1000)
    await end
  })

  it('leaves no listener of ours on a socket that a client has left', async () => {
    const served = app()
    const server = createServer().on('upgrade', upgrade(served))
    const sockets: import('node:net').Socket[] = []
    server.on('connection', (socket) => sockets.push(socket))
    const host = await serve(server)
    const { peer } = upgraded(await host.connect().answer)
    const [socket] = sockets
    const gone = once(socket ?? server, 'close')
    peer.close(1000)
    await gone
    expect(socket?.listenerCount('data')).toBe(0)
  })
})
