// The application: who comes in, how long they stay, and what they may do. It knows no server.

import { jwt, permissions, type Revocations, renewal, revocation } from '@linkspan/auth'
import { CloseCode, LinkspanError, type LinkspanOptions, linkspan } from '@linkspan/core'
import { limitConnections, rateLimit } from '@linkspan/guard'
import { encode, parse, ROOMS } from './protocol.js'
import { AUDIENCE, ISSUER, TOKEN_LIFE } from './sessions.js'

/** What each role may do in a room. */
const may = permissions({
  member: ['lobby:join', 'lobby:publish', 'announcements:join'],
  moderator: ['announcements:publish', 'staff:join', 'staff:publish'],
})

/** `secret` signs the tokens; `revocations` is what log-out revokes with. */
export function secureChat(secret: Uint8Array, options: LinkspanOptions = {}) {
  const clock = options.clock === undefined ? {} : { clock: options.clock }
  const tokens = jwt({ secret, issuer: ISSUER, audience: AUDIENCE, from: ['protocol'], ...clock })
  const revocations: Revocations = revocation({ remember: 2 * TOKEN_LIFE, ...clock })
  const limits = rateLimit({
    handshakes: { points: 30, per: 60_000 },
    messages: { points: 20, per: 5_000 },
    ...clock,
  })

  const app = linkspan({
    protocols: ['secure-chat.v1'],
    requireProtocol: true,
    maxPayload: 16_384,
    // A browser cannot read the status of a refused upgrade, but it can read a close code.
    refuse: 'visibly',
    ...options,
  })
    // Cheapest first: what costs nothing before what verifies a signature.
    .use(limitConnections({ perAddress: 100, ...clock }))
    .use(limits)
    .use(tokens)
    .use(revocations)
    .use(limitConnections({ perAddress: Infinity, perSubject: 5, ...clock }))
    // Once in the handshake, and again with the roles of each renewed token: who loses one is out of the room.
    .topics('room:lobby', { join: may('lobby:join'), publish: may('lobby:publish') })
    .topics('room:announcements', { join: may('announcements:join'), publish: may('announcements:publish') })
    .topics('room:staff', { join: may('staff:join'), publish: may('staff:publish') })

    .on('open', (conn) => {
      conn.send(encode({ type: 'welcome', name: conn.identity.subject, rooms: ROOMS }))
    })
    .on('expiring', (conn, { in: left }) => {
      // The page fetches a fresh token over HTTP, and sends it as a renewal.
      conn.send(encode({ type: 'expiring', in: left }))
    })
    .on('access', (conn, { action, topic, allowed }) => {
      if (!allowed) conn.send(encode({ type: 'denied', action, topic }))
    })

    .message(limits.messages)
    .message(renewal({ tokens, ...clock }))
    .message((conn, message) => {
      const heard = parse(message)
      if (heard === undefined) return conn.close(CloseCode.policy, 'that is not in the protocol')
      const { room } = heard
      try {
        if (heard.type === 'enter') {
          conn.join(`room:${room}`)
          conn.send(encode({ type: 'entered', room }))
        } else {
          const said = encode({ type: 'said', room, name: conn.identity.subject, text: heard.text })
          conn.to(`room:${room}`).send(said)
          conn.send(said)
        }
      } catch (error) {
        // The page was told of it by the `access` event.
        if (!(error instanceof LinkspanError && error.code === 'LINKSPAN_FORBIDDEN')) throw error
      }
    })
  return { app, revocations }
}
