import { strict as assert } from 'node:assert'
import type { Connection, MessageMiddleware } from '@linkspan/core'
import type { ConnectionLimiter, ConnectionLimitStats } from '@linkspan/guard'
import type { Answer, Peer, Refused } from '@linkspan/testing'

export const echo: MessageMiddleware<unknown> = (conn, message) => {
  conn.send(message)
}

/** Proves that a connection to an application with {@link echo} lives. */
export async function assertAlive(peer: Peer): Promise<void> {
  peer.send('are you there?')
  assert.equal(await peer.next(), 'are you there?')
}

/** What a client was refused with, its body's close code, and whether it is told when to come back. */
export function assertRefused(answer: Answer, status: number, code: number): Refused {
  assert.ok(!answer.upgraded, 'the client was let in')
  assert.equal(answer.status, status)
  assert.equal((JSON.parse(answer.body) as { code: number }).code, code)
  return answer
}

/** The same for who may come back, which is told when. */
export function assertRefusedForNow(answer: Answer, status: number, code: number): void {
  assert.match(assertRefused(answer, status, code).headers['retry-after'] ?? '', /^\d+$/)
}

/** The gauges of a limiter that are not 0. */
export function held(limiter: ConnectionLimiter): Partial<ConnectionLimitStats> {
  const { totals: _, ...gauges } = limiter.stats()
  return Object.fromEntries(Object.entries(gauges).filter(([, value]) => value !== 0))
}

/** Authenticates whom the query names: `?subject=ada&tenant=acme`. */
export function byQuery(conn: Connection<unknown>): void {
  const { query } = conn.request
  const [subject, tenant] = [query.get('subject'), query.get('tenant')]
  if (subject !== null) conn.authenticate({ subject, ...(tenant !== null && { tenant }) })
}
