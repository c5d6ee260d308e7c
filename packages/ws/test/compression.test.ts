import { createServer } from 'node:http'
import { deflateRawSync } from 'node:zlib'
import { type LinkspanOptions, linkspan } from '@linkspan/core'
import { encodeFrame, Opcode, Recorder } from '@linkspan/testing'
import { upgrade } from '@linkspan/ws'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { serve, upgraded } from './serve.js'

const OFFER = 'permessage-deflate; client_max_window_bits'

async function echo(options: LinkspanOptions) {
  const app = linkspan({ origin: '*', ...options }).message((conn, message) => void conn.send(message))
  const record = new Recorder(app)
  const host = await serve(createServer().on('upgrade', upgrade(app)))
  return { app, record, host }
}

describe('compression', () => {
  it('is agreed without a context that would be held between messages', async () => {
    const { host } = await echo({ compression: true })
    const { headers } = upgraded(
      await host.connect({ headers: { 'sec-websocket-extensions': OFFER } }).answer,
    )
    expect(headers['sec-websocket-extensions']).toBe(
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    )
  })

  it('compresses what is as large as its threshold, and nothing smaller', async () => {
    const { host } = await echo({ compression: { threshold: 100 } })
    const { port } = host.target as { port: number }
    const client = new WebSocket(`ws://127.0.0.1:${port}`)
    const answers: string[] = []
    const sizes: number[] = []
    client.on('open', () => {
      let before = 0
      client.on('message', (data: Buffer) => {
        const socket = (client as unknown as { _socket: { bytesRead: number } })._socket
        sizes.push(socket.bytesRead - before)
        before = socket.bytesRead
        answers.push(data.toString())
        if (answers.length < 3) client.send('a'.repeat(answers.length === 1 ? 99 : 10_000))
        else client.close()
      })
      client.send('first')
    })
    await new Promise((resolve) => client.on('close', resolve))
    expect(answers).toEqual(['first', 'a'.repeat(99), 'a'.repeat(10_000)])
    expect(sizes[1]).toBe(101)
    expect(sizes[2]).toBeLessThan(100)
  })

  it.each([
    'permessage-deflate; server_max_window_bits=99',
    'permessage-deflate; permessage-deflate=',
    'permessage-deflate; client_max_window_bits; client_max_window_bits',
    ';;;,,,===',
    'x-unknown; a="b',
  ])('is not agreed on where the offer is %s: 101 without it', async (offer) => {
    const { host } = await echo({ compression: true })
    const { headers, peer } = upgraded(
      await host.connect({ headers: { 'sec-websocket-extensions': offer } }).answer,
    )
    expect(headers['sec-websocket-extensions']).toBeUndefined()
    peer.send('plain')
    expect(await peer.next()).toBe('plain')
  })

  it('inflates no more than maxPayload: 1009', async () => {
    const { host, record } = await echo({ compression: true, maxPayload: 65_536 })
    record.expectErrors('LINKSPAN_VIOLATION')
    const { peer } = upgraded(await host.connect({ headers: { 'sec-websocket-extensions': OFFER } }).answer)
    // 16 MiB of zeros in 16 KiB: what is inflated has to be bounded, not what arrives.
    const bomb = deflateRawSync(Buffer.alloc(16 * 1_048_576))
    expect(bomb.length).toBeLessThan(20_000)
    peer.raw?.(encodeFrame({ opcode: Opcode.binary, rsv: 4, payload: bomb }))
    expect((await peer.closed).code).toBe(1009)
    expect((await record.next('close')).info).toMatchObject({ code: 1009, by: 'server', wireCode: 1009 })
  })

  it('that is no deflate stream is a violation: 1007', async () => {
    const { host, record } = await echo({ compression: true })
    record.expectErrors('LINKSPAN_VIOLATION')
    const { peer } = upgraded(await host.connect({ headers: { 'sec-websocket-extensions': OFFER } }).answer)
    peer.raw?.(encodeFrame({ opcode: Opcode.binary, rsv: 4, payload: Buffer.alloc(64, 0xff) }))
    expect((await peer.closed).code).toBe(1007)
    expect((await record.next('close')).info).toMatchObject({ code: 1007, by: 'server', wireCode: 1007 })
  })

  it('keeps the order of messages, compressed and not, and the close frame behind them', async () => {
    const app = linkspan({ origin: '*', compression: { threshold: 100 } }).on('open', (conn) => {
      for (let i = 0; i < 20; i += 1) conn.send(`${i} `.padEnd(i % 2 === 0 ? 5 : 5_000, '.'))
      conn.close(4000, 'done')
    })
    const host = await serve(createServer().on('upgrade', upgrade(app)))
    const { port } = host.target as { port: number }
    const client = new WebSocket(`ws://127.0.0.1:${port}`)
    const numbers: number[] = []
    client.on('message', (data: Buffer) => numbers.push(Number.parseInt(data.toString(), 10)))
    const code = await new Promise((resolve) => client.on('close', resolve))
    expect(code).toBe(4000)
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })
})
