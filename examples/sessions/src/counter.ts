// Counts what a client says, over all of its connections. It knows neither a server nor where sessions are kept.

import { type Linkspan, type LinkspanOptions, linkspan } from '@linkspan/core'
import { type Session, type SessionMiddleware, type SessionStore, session } from '@linkspan/session'

interface Counted {
  readonly count: number
}

/** The application, and its sessions, which a shutdown has to flush. */
export interface Counter {
  readonly app: Linkspan<{ readonly session: Session<Counted> }>
  readonly sessions: SessionMiddleware<{ readonly session: Session<Counted> }>
}

export function counter(store: SessionStore, options: LinkspanOptions = {}): Counter {
  const sessions = session({
    store,
    initial: (): Counted => ({ count: 0 }),
    // Over http, for a demonstration. Leave it out where there is TLS.
    cookie: { secure: false },
  })
  const app = linkspan(options)
    .use(sessions)
    .on('open', (conn) => {
      conn.send(`${conn.data.session.get('count')} so far`)
    })
    .message(async (conn, message) => {
      const found = conn.data.session
      if (message.text() === 'forget me') return found.destroy()
      // An update, not a set: the same session may count in another window, on another server.
      found.update(({ count }) => ({ count: count + 1 }))
      conn.send(String(found.get('count')))
    })
  return { app, sessions }
}
