import type { Duplex } from 'node:stream'
import { writeGathered } from './frames.js'

let corked: Duplex[] = []

/**
 * Holds what is written to a socket until the end of this turn of the event loop, so that it leaves in one piece. The
 * turn, and not the tick: what many sockets sent to a room while they were read one after the other leaves together too.
 */
export function corkForThisTurn(socket: Duplex): void {
  if (socket.writableCorked > 0) return
  socket.cork()
  if (corked.push(socket) === 1) setImmediate(endTurn)
}

/** Writes what is held for a socket now. */
export function uncork(socket: Duplex): void {
  writeGathered()
  socket.uncork()
}

function endTurn(): void {
  writeGathered()
  const sockets = corked
  corked = []
  for (const socket of sockets) socket.uncork()
}
