// A tenant that wants more than it may have, as a process of its own: PORT is where the server listens. It uses up one
// quota after another, and asks for more, on a few connections at a time, as fast as it is refused.

import { type Answer, type Peer, socketHost } from '@linkspan/testing'
import { answering, say } from '../answering.js'
import type { Exhausted } from '../server/plans.js'
import { appetites, ask } from './appetites.js'

const POOL = 8

const port = Number(process.env['PORT'])
const host = socketHost({ connect: { port, host: '127.0.0.1' }, close: async () => {} })
const connect = (): Promise<Answer> => host.connect({ path: '/t/greedy' }).answer

let held: readonly Peer[] = []
let goesOn = false
let asking: Promise<unknown> = Promise.resolve()
/** How those ended that asked for more, since they began. */
let ends: Record<string, number> = {}

answering({
  /** Takes all there is, and answers with how many connections it is kept. */
  fill: async (quota) => {
    held = await appetites[quota as Exhausted].fill(open)
    return held.length
  },
  begin: (quota) => {
    goesOn = true
    ends = {}
    asking = Promise.all(Array.from({ length: POOL }, () => more(quota as Exhausted)))
  },
  pause: async () => {
    goesOn = false
    await asking
    return ends
  },
  leave: async () => {
    for (const peer of held) peer.close(1000)
    await Promise.all(held.map((peer) => peer.closed))
  },
})
// Unlike a server, it has nothing to live for between two questions.
process.channel?.ref()
// Nobody connects here: that it is ready is all there is to say.
say({ port })

async function open(): Promise<Peer> {
  const answer = await connect()
  if (answer.upgraded) return answer.peer
  throw new Error(`refused what it may have: ${answer.status}`)
}

async function more(quota: Exhausted): Promise<void> {
  const { words } = appetites[quota]
  while (goesOn) {
    const end = await connect().then((answer) => ask(answer, words), String)
    ends[end] = (ends[end] ?? 0) + 1
  }
}
