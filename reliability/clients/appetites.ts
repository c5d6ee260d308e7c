import { type Answer, encodeFrame, Opcode, type Peer } from '@linkspan/testing'
import { type Exhausted, plans } from '../server/plans.js'

/** What one more client says, all at once; the same bytes each time, so that a client costs as little as it can. */
interface Words {
  readonly bytes: Uint8Array
  /** How many answers there are where it may say that. */
  readonly answers: number
}

/** How a quota is used up. */
interface Appetite {
  /** Takes all there is of what can be kept, and keeps it. */
  fill(open: () => Promise<Peer>): Promise<readonly Peer[]>
  /** What one more client says until it is closed; nothing where the handshake is too much already. */
  readonly words?: Words
}

const { connections, rooms, subscriptions } = plans.greedy

/** Names that another tenant uses, too. */
const ROOMS = Array.from({ length: rooms }, (_, index) => `room-${index}`)

export const appetites: Readonly<Record<Exhausted, Appetite>> = {
  connections: { fill: (open) => several(connections, open) },
  rooms: { fill: (open) => several(1, () => sitting(open)), words: wordsOf('join one-too-many') },
  subscriptions: {
    fill: (open) => several(subscriptions / rooms, () => sitting(open)),
    words: wordsOf('join room-0'),
  },
  bytes: { fill: async () => [], words: wordsOf('x'.repeat(8_192)) },
  messages: { fill: async () => [], words: wordsOf(...Array.from({ length: 100 }, () => 'again')) },
}

/** How often a client says its words, answered each time, before it leaves: nothing refuses it. */
const PATIENCE = 1_000

/** One more client; answers how it ended: a status, or a close code. */
export async function ask(answer: Answer, words: Words | undefined): Promise<string> {
  if (!answer.upgraded)
    return `${answer.status}${answer.headers['retry-after'] ? '' : ' without Retry-After'}`
  const { peer } = answer
  for (let times = 0; words !== undefined && times < PATIENCE; times += 1) {
    peer.raw?.(words.bytes)
    try {
      for (let heard = 0; heard < words.answers; heard += 1) await peer.next()
    } catch {
      return `${(await peer.closed).code}`
    }
  }
  peer.close(1000)
  await peer.closed
  return 'not refused'
}

function wordsOf(...texts: readonly string[]): Words {
  const frames = texts.map((payload) => encodeFrame({ opcode: Opcode.text, payload }))
  return { bytes: Buffer.concat(frames), answers: texts.length }
}

/** A connection in all the rooms that there may be. */
async function sitting(open: () => Promise<Peer>): Promise<Peer> {
  const peer = await open()
  peer.sendBurst(ROOMS.map((room) => `join ${room}`))
  for (const _ of ROOMS) await peer.next()
  return peer
}

function several(count: number, open: () => Promise<Peer>): Promise<Peer[]> {
  return Promise.all(Array.from({ length: count }, open))
}
