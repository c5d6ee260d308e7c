import { strict as assert } from 'node:assert'
import type { Linkspan } from '@linkspan/core'
import type { Answer, Peer, Refused } from '@linkspan/testing'

/** A refusal; fails where the client was let in. */
export function refusalOf(answer: Answer): Refused {
  assert.ok(!answer.upgraded, 'the client was let in')
  return answer
}

/** An application that tells whoever writes to it who it is. */
export function whoAmI<Data>(app: Linkspan<Data>): Linkspan<Data> {
  return app.message((conn) => {
    conn.send(JSON.stringify(conn.identity))
  })
}

/** Asks an application with {@link whoAmI}. */
export async function askedWho(peer: Peer): Promise<unknown> {
  peer.send('who am I?')
  return JSON.parse(String(await peer.next()))
}

/** The body of a 401 that says nothing: the same bytes whatever was wrong. */
export const UNAUTHORIZED = '{"type":"about:blank","title":"Unauthorized","status":401,"code":4010}'
/** The body of a 503 that says nothing. */
export const UNAVAILABLE = '{"type":"about:blank","title":"Service Unavailable","status":503,"code":1013}'
