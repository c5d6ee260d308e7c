import { encodeFrame, Opcode, type Peer, type Random } from '@linkspan/testing'
import { SECRETS } from '../secrets.js'
import type { Client } from './context.js'
import { moment } from './moments.js'
import { dial, gone } from './raw.js'

/** Clients that mean harm, and user code that has bugs. */
export const hostile = {
  'garbage instead of HTTP': async (client: Client) => {
    const socket = await dial(client)
    socket.write(garbage(client.random))
    await moment(client.random)
    // A server may wait for the rest of what looks like a request.
    socket.end()
    await gone(socket)
  },

  'garbage instead of frames': async ({ open, random, afterwards }: Client) => {
    const peer = await open()
    peer.answersPings = false
    peer.raw?.(garbage(random))
    afterwards(() => peer.cut())
    await peer.closed
  },

  'a broken frame': async ({ open, random, afterwards }: Client) => {
    const peer = await open()
    // Where the server takes it for a good one, the heartbeat ends what does not answer.
    peer.answersPings = false
    peer.raw?.(random.pick(BROKEN))
    afterwards(() => peer.cut())
    await peer.closed
  },

  'a message that is too big': async ({ open }: Client) => {
    const peer = await open()
    peer.send(SECRETS.payload.repeat(3_000))
    await peer.closed
  },

  'a frame that trickles in': async ({ open, random, afterwards }: Client) => {
    const peer = await open()
    peer.answersPings = false
    afterwards(() => peer.cut())
    await trickle(peer, random)
  },

  'a reader that stops': async ({ open, afterwards }: Client) => {
    const peer = await open()
    peer.pause()
    peer.send('flood 200')
    afterwards(() => peer.cut())
  },

  'a slow reader': async ({ open, random }: Client) => {
    const peer = await open()
    peer.pause()
    peer.send('flood 6')
    await moment(random)
    peer.resume()
    for (let piece = 0; piece < 6; ) if (!isForAll(await peer.next())) piece += 1
    peer.close(1000)
    await peer.closed
  },

  'a flood of messages': async ({ open, random }: Client) => {
    const peer = await open()
    peer.sendBurst(Array.from({ length: 500 }, () => `wait ${SECRETS.payload}`))
    await moment(random)
    peer.close(1000)
    await peer.closed
  },

  'a flood of pings': async ({ open, afterwards }: Client) => {
    const peer = await open()
    peer.answersPings = false
    peer.pause()
    for (let sent = 0; sent < 2_000; sent += 1) peer.ping()
    afterwards(() => peer.cut())
  },

  'frames with the request': async ({ attempt, random }: Client) => {
    const frames = Array.from({ length: 8 }, (_, number) =>
      encodeFrame({ opcode: Opcode.text, payload: `count ${number} ${SECRETS.payload}` }),
    )
    const early = Buffer.concat(frames)
    // Some servers cannot keep what comes before their 101; what must not happen is that they fall over it.
    const answer = await attempt({}, { early }).answer.catch(() => undefined)
    await moment(random)
    if (answer?.upgraded) answer.peer.cut()
  },

  'a handler that throws': async ({ open, random }: Client) => {
    const peer = await open()
    peer.sendBurst([random.pick(['throw', 'reject']), 'wait', 'wait'])
    await peer.closed
  },

  'a middleware that throws': async ({ attempt }: Client) => {
    const answer = await attempt({ fail: '1' }).answer
    if (answer.upgraded || answer.status !== 500) throw new Error('not refused with 500')
  },
} satisfies Record<string, (client: Client) => Promise<void>>

const BROKEN: readonly Uint8Array[] = [
  encodeFrame({ opcode: Opcode.text, payload: SECRETS.payload, rsv: 4 }),
  encodeFrame({ opcode: Opcode.text, payload: SECRETS.payload, mask: false }),
  encodeFrame({ opcode: 11, payload: SECRETS.payload }),
  encodeFrame({ opcode: Opcode.continuation, payload: SECRETS.payload }),
  encodeFrame({ opcode: Opcode.ping, payload: 'fragmented', fin: false }),
  encodeFrame({ opcode: Opcode.text, payload: Uint8Array.of(0xc3, 0x28) }),
  encodeFrame({ opcode: Opcode.text, payload: 'x', claim: 2n ** 63n }),
  encodeFrame({ opcode: Opcode.close, payload: Uint8Array.of(3) }),
  encodeFrame({ opcode: Opcode.close, payload: Uint8Array.of(3, 237) }),
]

function garbage(random: Random): Uint8Array {
  return Uint8Array.from({ length: 1 + random.below(2_000) }, () => random.below(256))
}

/** One byte at a time, until the server has had enough: no whole frame ever comes, so it is no sign of life. */
async function trickle(peer: Peer, random: Random): Promise<void> {
  let over = false
  const closed = peer.closed.then(() => {
    over = true
  })
  peer.raw?.(encodeFrame({ opcode: Opcode.text, payload: 'x'.repeat(60_000) }).subarray(0, 8))
  while (!over) {
    await moment(random)
    peer.raw?.(Uint8Array.of(120))
  }
  await closed
}

function isForAll(message: string | Uint8Array): boolean {
  return typeof message === 'string' && message.startsWith('all ')
}
