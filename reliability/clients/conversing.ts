import { setTimeout as after } from 'node:timers/promises'
import type { Peer } from '@linkspan/testing'
import { SECRETS } from '../secrets.js'
import type { Client } from './context.js'
import { moment } from './moments.js'

/** Sends numbered messages, and takes their echoes: all of them, in order. */
async function converse(peer: Peer, messages: number, from = 0): Promise<void> {
  for (let number = from; number < from + messages; number += 1)
    peer.send(`count ${number} ${SECRETS.payload}`)
  for (let number = from; number < from + messages; ) {
    const echo = await peer.next()
    // Somebody in the lobby said something to all.
    if (typeof echo === 'string' && echo.startsWith('all ')) continue
    if (echo !== `${number}`) throw new Error(`the echo of ${number} was ${String(echo)}`)
    number += 1
  }
}

/** Clients that keep to the rules: what the others do must not touch them. */
export const conversing = {
  'echo and close': async ({ open, random }: Client) => {
    const peer = await open()
    await converse(peer, 1 + random.below(12))
    peer.close(1000, SECRETS.reason)
    await peer.closed
  },

  'authentication in band': async ({ open }: Client) => {
    const peer = await open({ 'in-band': '1' })
    peer.send(SECRETS.payload)
    await converse(peer, 3)
    peer.close()
    await peer.closed
  },

  'a word to all': async ({ open, random }: Client) => {
    const peer = await open()
    peer.send(`all ${SECRETS.payload}`)
    await converse(peer, 1 + random.below(3))
    peer.close(1000)
    await peer.closed
  },

  'refused by middleware': async ({ attempt, random }: Client) => {
    const status = random.pick([401, 403, 429, 503])
    const answer = await attempt({ refuse: `${status}` }).answer
    if (answer.upgraded || answer.status !== status) throw new Error(`not refused with ${status}`)
  },

  'closes that cross': async ({ open, random }: Client) => {
    const peer = await open()
    peer.send('bye')
    if (random.chance(0.5)) await moment(random)
    peer.close(1000)
    await peer.closed
  },
} satisfies Record<string, (client: Client) => Promise<void>>

/** Stays, and says something now and then; for a soak. */
export async function stay({ open, random, leave }: Client): Promise<void> {
  const peer = await open()
  const until = performance.now() + 2_000 + random.below(18_000)
  for (let number = 0; performance.now() < until && !leave.aborted; number += 4) {
    await converse(peer, 4, number)
    await after(20 + random.below(120))
  }
  peer.close(1000)
  await peer.closed
}
