import { strict as assert } from 'node:assert'
import type { Clock, Connection, Linkspan } from '@linkspan/core'
import { memoryStore, type Session, type SessionStore, session } from '@linkspan/session'
import type { Answer, ConnectOptions, Peer, Served, Stage } from '@linkspan/testing'
import { FaultyStore } from '../faulty-store.js'

/** What the sessions of these behaviours hold. */
export interface Visits {
  readonly visits: number
  readonly name?: string
}

/** An application with sessions: it answers each message with the visits so far. */
export interface Shop {
  readonly app: Linkspan<{ readonly session: Session<Visits> }>
  readonly store: FaultyStore
  readonly sessions: ReturnType<typeof session<Visits>>
}

type Options = Partial<Parameters<typeof session<Visits>>[0]>

/** Opens a shop; several on one `store` are the nodes of one application. */
export function open(stage: Stage, options: Options = {}, behind?: SessionStore): Shop {
  const clock: Clock = stage.clock
  const store = new FaultyStore(behind ?? memoryStore({ clock }))
  const sessions = session<Visits>({
    store,
    initial: () => ({ visits: 0 }),
    clock,
    onError: () => {},
    ...options,
  })
  const app = stage
    .app({ heartbeat: false })
    .use(sessions)
    .message((conn, message) => {
      visit(conn.data.session)
      conn.send(`${conn.data.session.get('visits')} ${message.text()}`)
    })
  return { app, store, sessions }
}

/** Once more. */
export function visit(session: Session<Visits>): void {
  session.update(({ visits, ...others }) => ({ ...others, visits: visits + 1 }))
}

/** A client that was let in, with the cookie that it was given, or came with. */
export interface Visitor {
  readonly peer: Peer
  readonly answer: Answer
  readonly cookie: string
}

export async function come(served: Served, cookie?: string): Promise<Visitor> {
  const answer = await served.answer(bearing(cookie))
  assert.ok(answer.upgraded, 'the client was let in')
  return { answer, peer: answer.peer, cookie: cookieOf(answer) ?? cookie ?? '' }
}

/** The options of a client with a cookie. */
export function bearing(cookie: string | undefined): ConnectOptions {
  return cookie === undefined ? {} : { headers: { cookie } }
}

/** The cookie that a client would send after this answer; `undefined` where none was set. */
export function cookieOf({ headers }: Answer): string | undefined {
  const lines = headers['set-cookie']?.split('\n').filter((line) => line.includes('linkspan.sid='))
  return lines?.at(-1)?.split(';')[0]
}

/** The id in a cookie. */
export function idIn(cookie: string): string {
  return cookie.slice(cookie.indexOf('=') + 1)
}

/** The session of each connection, in the order of their coming. */
export function sessionsOf(app: Shop['app']): readonly Session<Visits>[] {
  return [...app.connections].map(
    (conn: Connection<{ readonly session: Session<Visits> }>) => conn.data.session,
  )
}

/** The session of the only connection. */
export function sessionOf(app: Shop['app']): Session<Visits> {
  const [session, ...others] = sessionsOf(app)
  assert.ok(session !== undefined && others.length === 0, `one connection, not ${app.connections.size}`)
  return session
}

/** Waits until an application has nobody connected. */
export function emptied(stage: Stage, { app }: Shop): Promise<void> {
  return stage.until(() => app.connections.size === 0, 'the connections have ended')
}
