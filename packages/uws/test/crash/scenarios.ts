import type { TemplatedApp } from 'uWebSockets.js'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { linkspan, type Transport } from '@linkspan/core'
import { encodeFrame, Opcode, type Peer, Recorder, type TestHost } from '@linkspan/testing'
import { capturing, Told } from '../capture.js'
import { type ListenOptions, serving } from '../server.js'

/** Something that crashes or corrupts in uWebSockets.js itself. It must not through the adapter. */
export type Scenario = (where: ListenOptions) => Promise<void>

const BIG = new Uint8Array(65_536)
const QUIET = { origin: '*', logger: { debug() {}, info() {}, warn() {}, error() {} } } as const

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function letIn(host: TestHost): Promise<Peer> {
  const answer = await host.connect().answer
  assert.ok(answer.upgraded)
  return answer.peer
}

function useAfterEnd(transport: Transport): void {
  assert.equal(transport.send('x', false), 'dropped')
  assert.equal(transport.send(BIG, true), 'dropped')
  assert.equal(transport.bufferedAmount, 0)
  transport.ping()
  transport.close(1000, 'again')
  transport.terminate()
}

/** A socket without the core, which would keep some of these calls from us. */
async function bare(
  where: ListenOptions,
  sink: Told = new Told(),
): Promise<{
  readonly transport: Transport
  readonly peer: Peer
  readonly uws: TemplatedApp
  readonly host: TestHost
}> {
  const { app, next } = capturing()
  const { uws, host } = await serving(app, {}, where)
  const attempt = host.connect()
  const transport = (await next()).accept({ protocol: '', headers: {}, sink })
  const answer = await attempt.answer
  assert.ok(answer.upgraded)
  return { transport, peer: answer.peer, uws, host }
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  'calls on a socket that we have closed, terminated, or that the peer has left': async (where) => {
    const ends: readonly ((transport: Transport, peer: Peer) => void)[] = [
      (transport) => transport.close(1000, ''),
      (transport) => transport.terminate(),
      (_transport, peer) => peer.close(1000),
      (_transport, peer) => peer.cut(),
      (_transport, peer) => peer.end(),
    ]
    for (const end of ends) {
      const sink = new Told()
      const { transport, peer } = await bare(where, sink)
      end(transport, peer)
      await sink.closing
      useAfterEnd(transport)
      await turn()
      useAfterEnd(transport)
    }
  },

  'calls from within the report of the end': async (where) => {
    for (const end of ['close', 'terminate'] as const) {
      const sink = new Told()
      const { transport } = await bare(where, sink)
      const closed = sink.closed.bind(sink)
      sink.closed = (...said) => {
        useAfterEnd(transport)
        closed(...said)
      }
      transport.send('one', false)
      transport.send('gathered', false)
      transport[end](1000, '')
      await sink.closing
    }
  },

  'the end from within a message, with more messages behind it': async (where) => {
    for (const end of ['close', 'terminate'] as const) {
      const sink = new Told()
      const { transport, peer } = await bare(where, sink)
      sink.message = () => {
        transport.send(BIG, true)
        transport[end](1000, '')
        transport.send(BIG, true)
      }
      peer.sendBurst(['one', 'two', BIG, 'three'])
      await sink.closing
      useAfterEnd(transport)
      await peer.closed
    }
  },

  'the end from within a ping or a pong': async (where) => {
    for (const call of ['ping', 'pong'] as const) {
      for (const end of ['close', 'terminate'] as const) {
        const sink = new Told()
        const { transport, peer } = await bare(where, sink)
        sink[call] = () => transport[end](1000, '')
        peer.raw?.(
          Buffer.concat([
            encodeFrame({ opcode: Opcode[call] }),
            encodeFrame({ opcode: Opcode.text, payload: 'x' }),
          ]),
        )
        await sink.closing
        useAfterEnd(transport)
      }
    }
  },

  'the end from within a drain': async (where) => {
    for (const end of ['close', 'terminate'] as const) {
      const sink = new Told()
      const { transport, peer } = await bare(where, sink)
      sink.drain = () => transport[end](1000, '')
      peer.pause()
      while (transport.send(BIG, true) === 'sent');
      peer.resume()
      await sink.closing
      useAfterEnd(transport)
    }
  },

  'the end from within open, and in the turn of the 101': async (where) => {
    for (const end of ['close', 'terminate'] as const) {
      const app = linkspan(QUIET)
        .use((_conn, next) => next())
        .on('open', (conn) => {
          conn.send('one')
          conn[end]()
          conn.send('two')
        })
      const record = new Recorder(app)
      const { host } = await serving(app, {}, where)
      // What is terminated in the turn of its 101 may go without it.
      await Promise.allSettled([host.connect().answer])
      await record.next('close')
    }
  },

  'a refusal that is visible, in the very callback of the request': async (where) => {
    const app = linkspan({ ...QUIET, refuse: 'visibly', maxConnections: 0 })
    const record = new Recorder(app)
    const { host } = await serving(app, {}, where)
    for (let i = 0; i < 20; i += 1) {
      assert.equal((await (await letIn(host)).closed).code, 1013)
      await record.next('close')
    }
  },

  'the end of another socket from within a message, while data for it waits': async (where) => {
    const app = linkspan(QUIET).message((conn) => {
      for (const other of app.connections) if (other !== conn) other.terminate()
      for (const other of app.connections) other.send('still there?')
    })
    const { host } = await serving(app, {}, where)
    const peers = await Promise.all(Array.from({ length: 20 }, () => letIn(host)))
    for (const peer of peers) peer.sendBurst(['end', 'the', 'others', BIG])
    while (app.connections.size > 1) await turn()
  },

  'messages that are kept, by a handler that is synchronous and one that is not': async (where) => {
    const collect = (globalThis as { gc?: () => void }).gc
    assert.ok(collect !== undefined, 'run with --expose-gc')
    for (const waits of [false, true]) {
      const kept: { readonly bytes: () => Uint8Array }[] = []
      const views: Uint8Array[] = []
      const app = linkspan(QUIET).message((conn, message) => {
        kept.push(message)
        views.push(message.bytes())
        const done = (): void => void conn.send('done')
        return waits ? turn().then(done) : done()
      })
      const { host } = await serving(app, {}, where)
      const peer = await letIn(host)
      const sent = Array.from({ length: 200 }, (_, i) => new Uint8Array(1 + i * 15).fill(i))
      peer.sendBurst(sent)
      for (const _ of sent) await peer.next()
      collect()
      await turn()
      for (const [i, bytes] of sent.entries()) {
        assert.deepEqual(Buffer.from(kept[i]?.bytes() ?? []), Buffer.from(bytes))
        assert.deepEqual(Buffer.from(views[i] ?? []), Buffer.from(bytes))
      }
    }
  },

  "a lent message's bytes after their handler": async (where) => {
    const sink = new Told()
    const { transport, peer } = await bare(where, sink)
    const lent: (ArrayBuffer | Uint8Array)[] = []
    sink.message = (data) => void lent.push(data)
    peer.sendBurst(['one', 'two'])
    while (lent.length < 2) await turn()
    for (const data of lent) {
      assert.equal(data.byteLength, 0)
      transport.send(data, true)
    }
    for (const _ of lent) assert.equal((await peer.next()).length, 0)
  },

  'a request that is read long after it was answered': async (where) => {
    const app = linkspan(QUIET).use(async (conn, next) => {
      for (let i = 0; i < 5; i += 1) await turn()
      assert.equal(conn.request.headers['upgrade'], 'websocket')
      const end = await next()
      assert.equal(conn.request.headers['upgrade'], 'websocket')
      assert.equal(conn.request.query.get('v'), null)
      return end
    })
    const record = new Recorder(app)
    const { host } = await serving(app, {}, where)
    const peer = await letIn(host)
    peer.close(1000)
    await record.next('close')
    assert.deepEqual(record.of('error'), [])
  },

  'a trust function that throws, where the process survives it': async (where) => {
    const trustProxy = (): boolean => {
      throw new Error('on purpose')
    }
    const { host } = await serving(linkspan(QUIET), { trustProxy }, where)
    for (let i = 0; i < 3; i += 1) {
      const thrown = once(process, 'uncaughtException')
      const attempt = host.connect()
      assert.equal(((await thrown) as [Error])[0].message, 'on purpose')
      attempt.cut()
    }
  },

  'answers to a request whose client has gone': async (where) => {
    for (const answer of ['accept', 'reject'] as const) {
      const { app, next } = capturing()
      const { host } = await serving(app, {}, where)
      const attempt = host.connect()
      const handshake = await next()
      const gone = new Promise<void>((resolve) => handshake.onAbort(resolve))
      attempt.cut()
      await gone
      handshake.reject(500, { 'x-late': 'yes' }, 'late')
      if (answer === 'reject') continue
      const sink = new Told()
      const transport = handshake.accept({ protocol: '', headers: {}, sink })
      useAfterEnd(transport)
      await sink.closing
    }
  },

  'answers after an answer': async (where) => {
    const { app, next } = capturing()
    const { host } = await serving(app, {}, where)
    const attempt = host.connect()
    const handshake = await next()
    const sink = new Told()
    const transport = handshake.accept({ protocol: '', headers: {}, sink })
    handshake.reject(500, {}, '')
    const second = new Told()
    useAfterEnd(handshake.accept({ protocol: '', headers: {}, sink: second }))
    await second.closing
    assert.ok((await attempt.answer).upgraded)
    assert.equal(transport.send('fine', false), 'sent')
  },

  'a client that goes while its 101 is on the way, and bytes that come too early': async (where) => {
    const app = linkspan(QUIET).use(async (_conn, next) => {
      await turn()
      return next()
    })
    const { host } = await serving(app, {}, where)
    const early = encodeFrame({ opcode: Opcode.text, payload: 'early' })
    const attempts = Array.from({ length: 50 }, (_, i) => host.connect(i % 2 === 0 ? { early } : {}))
    for (const [i, attempt] of attempts.entries()) {
      if (i % 5 === 0) attempt.cut()
      if (i % 5 === 1) attempt.end()
    }
    await Promise.allSettled(attempts.map(({ answer }) => answer))
  },

  'the end of the whole server, with sockets in every state': async (where) => {
    const app = linkspan(QUIET).message(() => turn())
    const record = new Recorder(app)
    const { uws, host } = await serving(app, {}, where)
    const peers = await Promise.all(Array.from({ length: 10 }, () => letIn(host)))
    const conns = [...app.connections]
    for (const peer of peers.slice(0, 5)) peer.pause()
    for (const conn of conns) for (let i = 0; i < 100; i += 1) conn.send(BIG)
    for (const conn of conns.slice(0, 3)) conn.close()
    for (let i = 0; i < 5; i += 1) host.connect()
    await turn()
    for (const conn of app.connections) conn.send('gathered')
    uws.close()
    for (const conn of conns) {
      conn.send('late')
      conn.close()
      conn.terminate()
    }
    while (app.connections.size > 0) await record.next('close')
  },

  'the end of the whole server from within a message': async (where) => {
    const app = linkspan(QUIET)
    const { uws, host } = await serving(app, {}, where)
    app.message((conn) => {
      conn.send('one')
      uws.close()
      conn.send('two')
      conn.close()
    })
    const record = new Recorder(app)
    const peers = [await letIn(host), await letIn(host)]
    for (const peer of peers) peer.sendBurst(['end', 'it'])
    await Promise.all([record.next('close'), record.next('close')])
  },

  'everything at once, by chance': async (where) => {
    const app = linkspan({ ...QUIET, outbox: { bytes: 4_194_304 } }).message((conn, message) => {
      const others = [...app.connections]
      const other = others[dice(others.length)] ?? conn
      switch (dice(8)) {
        case 0:
          return other.close(4000 + dice(999), 'x'.repeat(dice(200)))
        case 1:
          return other.terminate()
        case 2:
          return turn().then(() => void other.send(message))
        case 3:
          return void other.send(BIG)
        case 4:
          return void app.broadcast(message)
        default:
          return void conn.send(message)
      }
    })
    app.on('error', () => {})
    const { host } = await serving(app, {}, where)
    const peers: Peer[] = []
    for (let step = 0; step < 800; step += 1) {
      if (peers.length < 20) peers.push(await letIn(host))
      const at = dice(peers.length)
      const peer = peers[at] as Peer
      switch (dice(12)) {
        case 0:
          peers.splice(at, 1)
          peer.cut()
          break
        case 1:
          peers.splice(at, 1)
          peer.close(4000)
          break
        case 2:
          peers.splice(at, 1)
          peer.end()
          break
        case 3:
          peer.pause()
          break
        case 4:
          peer.resume()
          break
        case 5:
          peer.ping()
          break
        case 6:
          host.connect().cut()
          break
        case 7:
          peer.raw?.(encodeFrame({ opcode: dice(16), payload: 'x', fin: dice(2) === 0, rsv: dice(3) }))
          break
        default:
          peer.sendBurst(['one', BIG, 'two'])
      }
      if (dice(3) === 0) await turn()
    }
    for (const conn of app.connections) conn.terminate()
  },
}

/** Chance that is the same in every run. */
let seed = 20_260_101

function dice(sides: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 2 ** 32) * sides)
}
