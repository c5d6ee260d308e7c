// The chat, all of it. It knows no server: servers/ puts it on five of them, and none of them changes a line here.

import { type Authenticated, CloseCode, type LinkspanOptions, linkspan } from '@linkspan/core'
import { encode, isRoom, MAX_TEXT, NAME_RULE, nameOf, parse, ROOM_RULE } from './protocol.js'

/** The most windows that one room takes. */
const ROOM_SIZE = 100

export function chat(options: LinkspanOptions = {}) {
  // 'visibly': a browser cannot read the status of a refused upgrade, but it can read a close code and its reason.
  const app = linkspan({ maxPayload: 16_384, refuse: 'visibly', ...options })

  return app
    .use((conn, next) => {
      // Which room? What is handed to `next` is in `conn.data` from here on, with its type.
      const room = conn.request.params['room']
      if (!isRoom(room)) return conn.reject({ status: 404, reason: ROOM_RULE })
      const windows = app.connections.by({ topic: room })
      if (windows.length >= ROOM_SIZE) return conn.reject({ status: 503, reason: `#${room} is full` })
      return next({ room })
    })

    .use(async (conn, next) => {
      // Who is it? The first message says so, while the connection is still being admitted.
      await conn.accept()
      const hello = parse(await conn.read({ timeout: 2_000 }))
      const name = hello?.type === 'hello' ? nameOf(hello.name) : undefined
      if (name === undefined) return conn.reject({ status: 401, reason: NAME_RULE })
      conn.authenticate({ subject: name })
      return next<Authenticated>()
    })

    .use((conn, next) => {
      // The stay. `defer` runs once, however the connection ends; the same name in two windows is one person.
      const { room } = conn.data
      const name = conn.identity.subject
      conn.join(room)
      conn.defer(() => {
        const others = app.connections.by({ topic: room, subject: name })
        if (others.length === 0) app.to(room).send(encode({ type: 'left', name }))
      })
      return next()
    })

    .on('open', (conn) => {
      // It is active, and in the room: the registry knows who else is.
      const { room } = conn.data
      const name = conn.identity.subject
      const windows = app.connections.by({ topic: room })
      const people = new Set(windows.map((window) => window.identity?.subject ?? ''))
      conn.send(encode({ type: 'welcome', room, name, people: [...people] }))
      conn.to(room).send(encode({ type: 'joined', name }))
    })

    .message((conn, message) => {
      // One at a time, in order.
      const { room } = conn.data
      const name = conn.identity.subject
      const heard = parse(message)
      switch (heard?.type) {
        case 'say': {
          const { id } = heard
          const text = heard.text.trim()
          if (text === '' || text.length > MAX_TEXT) {
            conn.send(encode({ type: 'refused', id, reason: `a message is 1 to ${MAX_TEXT} characters` }))
          } else {
            app.to(room).send(encode({ type: 'said', id, name, text, at: app.options.clock.now() }))
          }
          return
        }
        case 'typing':
          return conn.to(room).send(encode({ type: 'typing', name }))
        case 'hello':
        case undefined:
          return conn.close(CloseCode.policy, 'that is not in the protocol')
      }
    })
}
