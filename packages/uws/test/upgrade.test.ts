import { deflateRawSync, inflateRawSync, constants as zlib } from 'node:zlib'
import { linkspan } from '@linkspan/core'
import { encodeFrame, Opcode, Recorder } from '@linkspan/testing'
import { upgrade } from '@linkspan/uws'
import { afterEach, describe, expect, it } from 'vitest'
import { uWS } from './load.js'
import { needsUws } from './needs-uws.js'
import { open, UPGRADE } from './raw.js'
import { closeServers, listening, serving } from './server.js'

needsUws()
afterEach(closeServers)

describe('the behavior', () => {
  it('leaves nothing to uWebSockets.js that the core decides', () => {
    const behavior = upgrade(linkspan({ maxPayload: 1_234 }))
    expect(behavior).toMatchObject({
      maxPayloadLength: 1_234,
      compression: uWS().DISABLED,
      maxBackpressure: 0,
      idleTimeout: 0,
      sendPingsAutomatically: false,
    })
  })

  it('names compression by the values that uWebSockets.js has for it', () => {
    const { SHARED_COMPRESSOR, SHARED_DECOMPRESSOR } = uWS()
    expect(upgrade(linkspan({ compression: true })).compression).toBe(SHARED_COMPRESSOR | SHARED_DECOMPRESSOR)
  })
})

describe('a request', () => {
  it('has the names that were given for its segments, percent-decoded', async () => {
    const app = linkspan().message((conn) => void conn.send(JSON.stringify(conn.request.params)))
    const { host } = await listening((uws) =>
      uws.ws('/:tenant/chat/:room', upgrade(app, { params: ['tenant', 'room'] })),
    )
    const answer = await host.connect({ path: '/acme/chat/caf%C3%A9%2Fbar?room=no' }).answer
    if (!answer.upgraded) throw new Error(answer.body)
    answer.peer.send('?')
    expect(await answer.peer.next()).toBe('{"tenant":"acme","room":"café/bar"}')
  })

  it('has no parameters where no names were given', async () => {
    const app = linkspan().message((conn) => void conn.send(JSON.stringify(conn.request.params)))
    const { host } = await listening((uws) => uws.ws('/chat/:room', upgrade(app)))
    const answer = await host.connect({ path: '/chat/lobby' }).answer
    if (!answer.upgraded) throw new Error(answer.body)
    answer.peer.send('?')
    expect(await answer.peer.next()).toBe('{}')
  })

  it('with a segment that cannot be decoded is nowhere: 404, before any middleware', async () => {
    let entered = 0
    const app = linkspan().use((_conn, next) => {
      entered += 1
      return next()
    })
    const { host } = await listening((uws) => uws.ws('/chat/:room', upgrade(app, { params: ['room'] })))
    expect(await host.connect({ path: '/chat/%E0%A4%A' }).answer).toMatchObject({ status: 404 })
    expect(entered).toBe(0)
  })

  it('stays readable for the whole life of its connection', async () => {
    const app = linkspan().message(async (conn, message) => {
      await new Promise((resolve) => setImmediate(resolve))
      const { url, path, query, headers, address, native } = conn.request
      conn.send(
        JSON.stringify([
          url,
          path,
          query.get('v'),
          headers['x-note'],
          address,
          String(native),
          message.text(),
        ]),
      )
    })
    const { host } = await serving(app)
    const answer = await host.connect({ path: '/a/b?v=1', headers: { 'X-Note': 'kept' } }).answer
    if (!answer.upgraded) throw new Error(answer.body)
    answer.peer.send('?')
    expect(await answer.peer.next()).toBe('["/a/b?v=1","/a/b","1","kept","127.0.0.1","undefined","?"]')
  })
})

const EXTENSION = [...UPGRADE, 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits']

describe('compression', () => {
  it('is not negotiated unless the application wants it', async () => {
    const { port } = await serving(linkspan())
    const { head } = await open(port, EXTENSION)
    expect(head.toLowerCase()).not.toContain('sec-websocket-extensions')
  })

  it('deflates messages from the threshold on, in bytes of UTF-8, and inflates any', async () => {
    const app = linkspan({ compression: { threshold: 100 } }).message((conn, message) => {
      conn.send(message)
      conn.send(message.text())
    })
    const { port } = await serving(app)
    const { head, frame, socket } = await open(port, EXTENSION)
    expect(head.toLowerCase()).toContain('sec-websocket-extensions: permessage-deflate')

    for (const [text, deflated] of [
      ['é'.repeat(49), false],
      ['é'.repeat(50), true],
    ] as const) {
      socket.write(encodeFrame({ opcode: Opcode.text, payload: deflate(text), rsv: 4 }))
      for (const { payload, rsv } of [await frame(), await frame()]) {
        expect(rsv).toBe(deflated ? 4 : 0)
        expect((deflated ? inflate(payload) : Buffer.from(payload)).toString()).toBe(text)
      }
    }
    socket.destroy()
  })

  it('takes a message that is as large as allowed once inflated, and no larger one', async () => {
    const app = linkspan({ compression: true, maxPayload: 10_000 }).message((conn, message) => {
      conn.send(String(message.size))
    })
    const record = new Recorder(app)
    const { port } = await serving(app)
    const { frame, socket } = await open(port, EXTENSION)
    socket.write(encodeFrame({ opcode: Opcode.text, payload: deflate('a'.repeat(10_000)), rsv: 4 }))
    expect(Buffer.from((await frame()).payload).toString()).toBe('10000')
    socket.write(encodeFrame({ opcode: Opcode.text, payload: deflate('a'.repeat(10_001)), rsv: 4 }))
    expect((await record.next('close')).info).toMatchObject({ code: 1009, by: 'server', clean: false })
  })
})

/** RFC 7692 §7.2.1. */
function deflate(text: string): Uint8Array {
  return deflateRawSync(text, { finishFlush: zlib.Z_SYNC_FLUSH }).subarray(0, -4)
}

/** RFC 7692 §7.2.2. */
function inflate(payload: Uint8Array): Buffer {
  return inflateRawSync(Buffer.concat([payload, Uint8Array.of(0, 0, 0xff, 0xff)]), {
    finishFlush: zlib.Z_SYNC_FLUSH,
  })
}
