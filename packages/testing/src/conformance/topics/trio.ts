import type { Linkspan } from '@linkspan/core'
import type { Stage } from '../../behaviour.js'
import type { Peer } from '../../peer.js'
import { type Pair, pair } from '../pair.js'

/** Sends everybody a last message, and answers what each got before it. */
export async function gotBefore(
  last: () => void,
  ...peers: readonly Peer[]
): Promise<(string | number[])[][]> {
  last()
  const all: (string | number[])[][] = []
  for (const peer of peers) {
    const got: (string | number[])[] = []
    for (let message = await peer.next(); message !== 'last'; message = await peer.next()) {
      got.push(typeof message === 'string' ? message : [...message])
    }
    all.push(got)
  }
  return all
}

/** Three connections of one application. */
export async function trio(stage: Stage, app: Linkspan<unknown>): Promise<[Pair, Pair, Pair]> {
  const served = await stage.serve(app)
  return [await pair(app, served), await pair(app, served), await pair(app, served)]
}
