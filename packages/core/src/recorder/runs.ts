import { PONG_FIRST, PONG_LAST, PONGS, RTT } from './layout.js'
import type { Several } from './page.js'
import type { Track } from './track.js'
import { wordOf } from './words.js'

/** The runs of a track: the one that began first first. */
export function runsOf(track: Track): readonly Several[] {
  const runs: Several[] = []
  const { received, sent } = track.counted
  if (received.count > 0) runs.push(received)
  if (sent.count > 0) runs.push(sent)
  const count = track.read(PONGS)
  if (count > 0) {
    const [first, last, extra] = [track.read(PONG_FIRST), track.read(PONG_LAST), track.read(RTT) * 1_000]
    runs.push({ word: wordOf('heartbeat', 0), first, last, count, bytes: 0, extra })
  }
  return runs.sort((one, other) => one.first - other.first)
}
