import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { type Linkspan, linkspan } from '@linkspan/core'
import { encodeFrame, Opcode, Recorder, VirtualClock } from '@linkspan/testing'
import { upgrade } from '@linkspan/ws'
import { describe, expect, it } from 'vitest'
import { REQUEST, rudeClient } from './raw.js'
import { type Serving, serve, upgraded } from './serve.js'

interface Open extends Serving {
  readonly server: Server
  /** The server's sides of what is connected. */
  readonly sockets: ReadonlySet<Socket>
}

async function open(app: Linkspan<unknown>, server: Server = createServer()): Promise<Open> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return { ...(await serve(server.on('upgrade', upgrade(app)))), server, sockets }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a client that leaves during its handshake', () => {
  for (const [how, leave] of [
    ['resets', 'cut'],
    ['ends', 'end'],
  ] as const) {
    it(`is noticed when it ${how}, at whatever moment, and nothing of it is left`, async () => {
      const app = linkspan({ origin: '*' }).use(async (_conn, next) => {
        for (let turns = 0; turns < 4; turns += 1) await turn()
        return next()
      })
      const record = new Recorder(app)
      const { connect, sockets } = await open(app)
      for (let moment = 0; moment < 40; moment += 1) {
        const attempt = connect({
          early: encodeFrame({ opcode: Opcode.text, payload: Buffer.from('early') }),
        })
        for (let turns = 0; turns < moment; turns += 1) await turn()
        attempt[leave]()
      }
      await expect.poll(() => sockets.size + app.connections.size).toBe(0)
      const { connections, closed } = app.stats().totals
      expect(connections).toBeGreaterThan(0)
      expect(record.of('close')).toHaveLength(connections)
      expect(closed).toBe(connections)
      expect(new Set(record.of('close').map(({ info }) => info.by))).toEqual(new Set(['network']))
    })
  }
})

describe('a client that speaks before it is asked', () => {
  it('is read up to 64 KiB, and on from there once it is let in', async () => {
    let letIn: () => void = () => {}
    const gate = new Promise<void>((resolve) => {
      letIn = resolve
    })
    const sizes: number[] = []
    const app = linkspan({ origin: '*' })
      .use(async (_conn, next) => {
        await gate
        return next()
      })
      .message((_conn, message) => void sizes.push(message.size))
    const { target, sockets } = await open(app)
    const client = await rudeClient(target)
    const frame = encodeFrame({ opcode: Opcode.binary, payload: new Uint8Array(10_000) })
    client.write(REQUEST)
    for (let i = 0; i < 200; i += 1) client.write(frame)
    await expect.poll(() => [...sockets].map((socket) => socket.isPaused())).toEqual([true])
    const [socket] = sockets
    const before = socket?.bytesRead ?? 0
    await turn()
    expect(socket?.bytesRead).toBe(before)
    expect(before).toBeLessThan(200_000)
    letIn()
    await expect.poll(() => sizes.length).toBe(200)
    expect(new Set(sizes)).toEqual(new Set([10_000]))
  })
})

describe('the deadlines of the HTTP server', () => {
  it('end requests, and no open connection', async () => {
    const server = createServer({ headersTimeout: 40, requestTimeout: 40, connectionsCheckingInterval: 20 })
    server.timeout = 30
    server.keepAliveTimeout = 30
    const app = linkspan({ origin: '*' }).message((conn, message) => void conn.send(message))
    const { connect, target } = await open(app, server)
    const { peer } = upgraded(await connect().answer)
    // One that never ends its request, twice: by then the deadlines of the first connection have long passed.
    for (let i = 0; i < 2; i += 1) {
      const idle = await rudeClient(target)
      idle.resume().write('GET / HTTP/1.1\r\nHost: x\r\n')
      await once(idle, 'end')
    }
    peer.send('still there?')
    expect(await peer.next()).toBe('still there?')
  })
})

describe('a socket whose peer never ends it', () => {
  it.each([
    ['refused', REQUEST, 403],
    ['malformed', REQUEST.replace('13', '8'), 426],
  ])('is cut at closeTimeout after a %s upgrade', async (_, request, status) => {
    const clock = new VirtualClock()
    const app = linkspan({ origin: '*', clock }).use((conn) => conn.reject({ status: 403 }))
    const { target, sockets } = await open(app)
    const client = await rudeClient(target)
    client.write(request)
    const [bytes] = (await once(client, 'data')) as [Buffer]
    expect(bytes.toString()).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    await clock.advance(4_999)
    expect(sockets.size).toBe(1)
    await clock.advance(1)
    await expect.poll(() => sockets.size).toBe(0)
  })

  it('is closed for the application at once, and cut at closeTimeout, after its close frame', async () => {
    const app = linkspan({ origin: '*', closeTimeout: 50 })
    const record = new Recorder(app)
    const { target, sockets } = await open(app)
    const client = await rudeClient(target)
    client.write(REQUEST)
    await record.next('open')
    client.resume().write(encodeFrame({ opcode: Opcode.close, payload: Buffer.from([0x03, 0xe8]) }))
    const { info } = await record.next('close')
    expect(info).toMatchObject({ code: 1000, by: 'peer', clean: true, wireCode: 1000 })
    const [socket] = sockets
    if (socket !== undefined) await once(socket, 'close')
    expect(sockets.size).toBe(0)
  })

  it('is cut where it half-closes without a close frame and does not read', async () => {
    const app = linkspan({ origin: '*', heartbeat: false, outbox: { bytes: 64 * 1_048_576 } })
    const record = new Recorder(app)
    const { target, sockets } = await open(app)
    const client = await rudeClient(target)
    client.pause().write(REQUEST)
    await record.next('open')
    const [conn] = app.connections
    while (conn?.send(new Uint8Array(65_536)) === 'sent');
    client.end()
    const { info } = await record.next('close')
    expect(info).toMatchObject({ code: 1006, by: 'network' })
    await expect.poll(() => sockets.size).toBe(0)
  })
})

describe('what a peer can make the server hold', () => {
  it('is bounded for a message in endless pieces: 1009', async () => {
    const app = linkspan({ origin: '*' })
    const record = new Recorder(app)
    record.expectErrors('LINKSPAN_VIOLATION')
    const { connect } = await open(app)
    const { peer } = upgraded(await connect().answer)
    const piece = (opcode: number): Uint8Array =>
      encodeFrame({ opcode, fin: false, payload: new Uint8Array(1) })
    peer.raw?.(piece(Opcode.binary))
    for (let i = 0; i < 1_100; i += 1) peer.raw?.(piece(Opcode.continuation))
    expect((await peer.closed).code).toBe(1009)
    const { info } = await record.next('close')
    expect(info).toMatchObject({ code: 1009, by: 'server', clean: false, wireCode: 1009 })
  })

  it('is bounded for pings whose answers it does not read: 4100', async () => {
    const app = linkspan({ origin: '*' })
    const record = new Recorder(app)
    const { target } = await open(app)
    const client = await rudeClient(target)
    client.pause().write(REQUEST)
    await record.next('open')
    const pings = Buffer.concat(
      Array.from({ length: 500 }, () => encodeFrame({ opcode: Opcode.ping, payload: new Uint8Array(125) })),
    )
    const flood = setInterval(() => client.write(pings), 0)
    const { info } = await record.next('close')
    clearInterval(flood)
    expect(info).toMatchObject({ code: 4100, by: 'server', wireCode: undefined })
  })
})
