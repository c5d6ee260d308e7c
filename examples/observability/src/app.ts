// A chat whose operation can be watched. It knows neither a server nor a telemetry system: servers/node.ts adds both.

import { jwt } from '@linkspan/auth'
import { CloseCode, flightRecorder, type LinkspanOptions, linkspan } from '@linkspan/core'
import { limitConnections, rateLimit } from '@linkspan/guard'
import { type SessionStore, session } from '@linkspan/session'
import { encode, parse } from './protocol.js'

export const ISSUER = 'https://login.example'
/** What one connection may say: so many messages at once, and as many each second. */
export const MESSAGES_A_SECOND = 20
/** All that was ever said in a room, for whoever asks for it: 256 KiB. */
const ARCHIVE = encode({ type: 'archive', pages: 'and so they talked. '.repeat(13_107) })

/** What the chat cannot do by itself. */
export interface Needs {
  /** Signs the tokens. */
  readonly secret: Uint8Array
  /** Where sessions are kept. */
  readonly store: SessionStore
  /** Looks something up that takes its time. */
  readonly search: (text: string) => Promise<readonly string[]>
}

export function chat({ secret, store, search }: Needs, options: LinkspanOptions = {}) {
  const common = {
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.logger === undefined ? {} : { logger: options.logger }),
  }
  // Over http, for a demonstration. Leave `cookie` out where there is TLS.
  const sessions = session<{ said: number }>({
    store,
    initial: () => ({ said: 0 }),
    cookie: { secure: false },
    ...common,
  })
  const limits = rateLimit({ messages: { points: MESSAGES_A_SECOND, per: 1_000 }, ...common })

  const app = linkspan({ name: 'chat', recorder: flightRecorder(), ...options })
    .use(limitConnections({ perAddress: 2_000, ...common }))
    .use(jwt({ secret, issuer: ISSUER, ...common }))
    .use(sessions)
    .use(function room(conn, next) {
      const { room: name = 'lobby' } = conn.request.params
      conn.join(name)
      return next({ room: name })
    })
    .on('open', (conn) => {
      conn.send(encode({ type: 'welcome', connection: conn.id }))
    })
    .message(limits.messages)
    .message(async (conn, message) => {
      const said = parse(message)
      switch (said?.type) {
        case 'say':
          conn.data.session.update((values) => ({ said: values.said + 1 }))
          app.to(conn.data.room).send(encode({ type: 'said', name: conn.identity.subject, text: said.text }))
          return
        case 'search':
          return void conn.send(encode({ type: 'found', lines: await search(said.text) }))
        case 'archive':
          return void conn.send(ARCHIVE)
        case undefined:
          return conn.close(CloseCode.policy, 'that is not in the protocol')
      }
    })
  return { app, sessions }
}
