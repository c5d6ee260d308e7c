import assert from 'node:assert/strict'
import type { Connection, SendResult } from '@linkspan/core'
import type { Peer } from '../peer.js'

/** Bytes of one message in a {@link fill}. */
export const CHUNK = 16_384

/** Message number `i`, as long as `CHUNK`. */
export function numbered(i: number): string {
  return `${i}:`.padEnd(CHUNK, '.')
}

/** The number of a message made by {@link numbered}. */
export function numberOf(message: string | Uint8Array): number {
  assert.equal(typeof message, 'string')
  return Number.parseInt(message as string, 10)
}

/**
 * Sends numbered messages to a peer that does not read, until the transport pushes back. Answers how many it took; all
 * but the last were `sent`, the last was `queued`.
 */
export function fill(conn: Connection<unknown>): number {
  for (let i = 0; i < 8_192; i += 1) {
    const result = conn.send(numbered(i))
    if (result === 'sent') continue
    assert.equal(result, 'queued')
    return i + 1
  }
  assert.fail('128 MiB were sent to a peer that does not read, and nothing pushed back')
}

/** Sends numbered messages from `first` until one is not queued any more; answers the next number, and that result. */
export function overfill(conn: Connection<unknown>, first: number): [next: number, result: SendResult] {
  for (let i = first; i < first + 8_192; i += 1) {
    const result = conn.send(numbered(i))
    if (result !== 'queued') return [i + 1, result]
  }
  assert.fail('128 MiB wait for a peer that does not read')
}

/** Reads numbered messages until one that says `'end'`. */
export async function numbersUntilEnd(peer: Peer): Promise<number[]> {
  const numbers: number[] = []
  for (;;) {
    const message = await peer.next()
    if (message === 'end') return numbers
    numbers.push(numberOf(message))
  }
}

/** The whole numbers from `first` up to `end`, without it. */
export function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, i) => first + i)
}
