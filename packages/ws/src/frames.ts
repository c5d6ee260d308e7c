import type { Duplex } from 'node:stream'
import type { Payload } from '@linkspan/core'

/** Payloads up to this many bytes are gathered: what is larger costs more to copy than to write by itself. */
const SMALL = 4_096
const SLAB = 65_536
/** The longest header of a frame that is gathered. */
const HEADER = 4
const TEXT = 0x81
const BINARY = 0x82

// Frames lie one after the other in a slab, and those of one socket in a row are written as one piece. To write each by
// itself, header and payload, takes several times as long as to fill it in here.
let slab = Buffer.allocUnsafeSlow(SLAB)
let start = 0
let end = 0
let writer: Duplex | undefined

/** Bytes of a socket that are gathered, and not written yet. */
export function gathered(socket: Duplex): number {
  return writer === socket ? end - start : 0
}

/**
 * Puts a small message into a frame (RFC 6455 §5.2, unmasked as a server's are), for `writeGathered` to write. Answers
 * `false` for one that is not small.
 */
export function gather(socket: Duplex, data: Payload, binary: boolean): boolean {
  const size = typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength
  if (size > SMALL) return false
  if (writer !== socket || end + HEADER + size > SLAB) {
    writeGathered()
    if (end + HEADER + size > SLAB) {
      slab = Buffer.allocUnsafeSlow(SLAB)
      start = end = 0
    }
    writer = socket
  }
  slab[end++] = binary ? BINARY : TEXT
  if (size < 126) slab[end++] = size
  else {
    slab[end++] = 126
    slab[end++] = size >> 8
    slab[end++] = size & 0xff
  }
  if (typeof data === 'string') slab.write(data, end)
  else slab.set(data instanceof Uint8Array ? data : new Uint8Array(data), end)
  end += size
  return true
}

/** Writes what is gathered, whosever it is: before anything else is written to its socket, and when the turn ends. */
export function writeGathered(): void {
  const socket = writer
  if (socket === undefined) return
  writer = undefined
  const frames = slab.subarray(start, end)
  start = end
  if (!socket.destroyed) socket.write(frames)
}
