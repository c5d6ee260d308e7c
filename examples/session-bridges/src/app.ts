// The application: who somebody is, it asks the framework's session, through whoever serves it.

import { authenticate } from '@linkspan/auth'
import { type Connection, linkspan } from '@linkspan/core'
import type { Member } from './members.js'

/** `memberOf` reads the session of the upgrade request. */
export function chat(memberOf: (conn: Connection<unknown>) => Member | undefined) {
  // The origin policy is the default, 'same': a browser sends its cookies along with an upgrade from any page.
  return linkspan()
    .use(
      authenticate((_request, conn) => {
        const member = memberOf(conn)
        return member === undefined ? null : { subject: member.name, expiresAt: member.until }
      }),
    )
    .use((conn, next) => {
      conn.join('lobby')
      return next()
    })
    .message((conn, message) => {
      conn.to('lobby').send(`${conn.identity.subject}: ${message.text()}`)
    })
}

/** Closes what somebody has open when they log out: a session is asked once, in the handshake. */
export function leave(app: ReturnType<typeof chat>, { name }: Member): Promise<number> {
  return app.disconnect({ subject: name }, { code: 4001, reason: 'logged out' })
}
