import { CloseCode, type CloseInfo, type Connection, Rejection } from '@linkspan/core'
import type { Outcome } from './circuit-breaker-circuit.js'

/**
 * Whether something that was thrown says that infrastructure failed: an error does, and a `Rejection` with a status
 * from 500 on. A refusal of the client (4xx) does not.
 */
export function failedBy(thrown: unknown): boolean {
  return !(thrown instanceof Rejection) || thrown.status >= 500
}

/**
 * Judges a handshake that did not become a connection, once it is over. `inside` is what `next()` answered.
 *
 * The connection tells who ended it: what its own end made middleware throw afterwards is nobody's failure.
 */
export async function outcomeOf(
  conn: Connection<unknown>,
  inside: Promise<unknown>,
  failed: (thrown: unknown) => boolean,
): Promise<Outcome> {
  let thrown: unknown
  const refused = inside.then(
    () => false,
    (error: unknown) => {
      thrown = error
      return error instanceof Rejection && !failed(error)
    },
  )
  const over = conn.closed
  // A refusal need not wait for the end of its connection: the peer may take its time for that.
  const info = await Promise.race([over, refused.then((neutral) => (neutral ? undefined : over))])
  return info === undefined || info.by !== 'server' ? 'neutral' : endedBy(info, thrown, failed)
}

function endedBy({ code }: CloseInfo, thrown: unknown, failed: (thrown: unknown) => boolean): Outcome {
  if (thrown instanceof Rejection) return thrown.code === code && failed(thrown) ? 'failure' : 'neutral'
  // A middleware threw, or the handshake ran out of time; not a drain, a revocation or a close of the application's.
  const broken =
    code === CloseCode.internal ? thrown !== undefined && failed(thrown) : code === CloseCode.overloaded
  return broken ? 'failure' : 'neutral'
}
