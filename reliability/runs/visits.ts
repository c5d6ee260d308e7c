import { setTimeout as after } from 'node:timers/promises'
import type { Attempt, Peer } from '@linkspan/testing'
import { pool } from './pool.js'

/** Visitors at once. */
const AT_ONCE = 5
/** Words of a visitor, each after the answer to the one before. */
const WORDS = 10

export interface Visitors {
  /** Starts the handshake of the visitor with this number, from 0. */
  connect(index: number): Attempt
  /** What each says, again and again, and gets an answer to. */
  readonly word: string
  /**
   * Milliseconds between an answer and the next word, in which what shares the visitors' processor has it. Default: none;
   * visitors then leave it little.
   */
  readonly pause?: number
  /** The server's processor time so far, in milliseconds. */
  cpu(): Promise<number>
}

/** How long the visitors of one round waited for each answer, and the server's work for it, in milliseconds. */
export interface Round {
  readonly handshakes: readonly number[]
  readonly words: readonly number[]
  readonly cpu: number
}

/** Clients come by in turn, a few at a time; each says its words, and goes. Rejects where one is refused or closed. */
export async function visits(count: number, { connect, word, pause, cpu }: Visitors): Promise<Round> {
  const handshakes: number[] = []
  const words: number[] = []
  const before = await cpu()
  await pool(count, AT_ONCE, async (index) => {
    const begun = performance.now()
    const peer = await admitted(connect(index))
    handshakes.push(performance.now() - begun)
    for (let said = 0; said < WORDS; said += 1) {
      if (pause !== undefined) await after(pause)
      words.push(await roundTrip(peer, word))
    }
    peer.close(1000)
    await peer.closed
  })
  return { handshakes, words, cpu: (await cpu()) - before }
}

/** A visitor that has come in. Rejects where it is refused. */
export async function admitted({ answer }: Attempt): Promise<Peer> {
  const answered = await answer
  if (answered.upgraded) return answered.peer
  throw new Error(`a visitor was refused with ${answered.status}`)
}

/** Says a word, and answers how long the answer took. Rejects where there is none. */
export async function roundTrip(peer: Peer, word: string): Promise<number> {
  const begun = performance.now()
  peer.send(word)
  await peer.next()
  return performance.now() - begun
}
