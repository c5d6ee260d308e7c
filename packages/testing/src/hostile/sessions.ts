import { randomUUID } from 'node:crypto'
import type { HostileCase, HostileChapter, Setup } from './case.js'
import { openWith, reset, SECRET, text, upgrade } from './steps.js'

/** What an honest client would have got with an earlier 101. */
const KNOWN = randomUUID()

/**
 * Sessions by a secret in a cookie. One that this server has made is resumed; every other is answered with a new one,
 * and never taken over (session fixation: OWASP, Session Management Cheat Sheet).
 */
function sessions(ids: (scene: Parameters<NonNullable<Setup['middleware']>>[0]) => Set<string>): Setup {
  return {
    middleware: (scene) => {
      const made = ids(scene)
      return (conn, next) => {
        const given = /(?:^|; )sid=([^;]*)/.exec(conn.request.headers['cookie'] ?? '')?.[1] ?? ''
        const resumed = made.has(given)
        const id = resumed ? given : randomUUID()
        made.add(id)
        scene.secrets.push(id)
        conn.setHeader('set-cookie', `sid=${id}; HttpOnly; Secure; SameSite=Strict`)
        scene.notes.push(resumed ? 'resumed' : 'a new one', String(id === given), String(conn.id === id))
        return next()
      }
    },
  }
}

/** Ids that a client would like to have. */
const CHOSEN: Readonly<Record<string, string>> = {
  'that it made up': 'chosen',
  'that is well-formed': '00000000-0000-4000-8000-000000000000',
  'that is empty': '',
  'that has the name of a property': '__proto__',
  'that is a known one and more': `${KNOWN}x`,
  'that is a known one but for its case': KNOWN.toUpperCase(),
  'that is the beginning of a known one': KNOWN.slice(0, -1),
  'that is a path': '../../sessions/ada',
  'that is a wildcard': '*',
  'that has a line break, percent-encoded,': `${KNOWN}%0d%0aSet-Cookie: sid=chosen`,
  'of 4 KB': 'x'.repeat(4_096),
}

/** Identifiers that the client chose, and secrets that it has no right to. */
export const sessionCases: HostileChapter = {
  title: 'sessions',
  cases: [
    ...Object.entries({
      'a cookie': { headers: { cookie: 'linkspan.id=chosen; connection=chosen; sid=chosen' } },
      'a header': {
        headers: { 'x-connection-id': 'chosen', 'x-request-id': 'chosen', 'last-event-id': 'chosen' },
      },
      'the query': { url: '/raw?id=chosen&connection=chosen&resume=chosen' },
      'a subprotocol': { headers: { 'sec-websocket-protocol': 'chosen' } },
      'the key': { headers: { 'sec-websocket-key': 'Y2hvc2VuY2hvc2VuY2hvcw==' } },
    }).map(
      ([where, parts]): HostileCase => ({
        row: 10,
        rfc: 'RFC 6455 §10.5',
        name: `an id that the client chose, in ${where}, is not the connection's`,
        send: [
          openWith(parts),
          ({ conn, notes }) => void notes.push(String(/chosen|Y2hvc2Vu/.test(conn.id))),
          text('hello'),
        ],
        expect: { echoes: ['hello'], notes: ['false'] },
      }),
    ),
    ...Object.entries(CHOSEN).map(
      ([what, id]): HostileCase => ({
        row: 10,
        rfc: 'RFC 6265 §8.4',
        name: `a session id ${what} is never adopted: there is a new one, in one cookie, and in no log`,
        app: sessions(() => new Set([KNOWN])),
        send: [openWith({ headers: { cookie: `sid=${id}; theme=${SECRET}` } }), text('hello')],
        expect: {
          status: 101,
          headers: {
            'set-cookie': /^sid=[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}; HttpOnly; Secure; SameSite=Strict$/,
          },
          echoes: ['hello'],
          notes: ['a new one', 'false', 'false'],
        },
      }),
    ),
    {
      row: 10,
      rfc: 'RFC 6265 §8.4',
      name: 'a session id that this server has made is resumed, and in no log',
      app: sessions(() => new Set([KNOWN])),
      send: [openWith({ headers: { cookie: `theme=dark; sid=${KNOWN}` } }), text('hello')],
      expect: { status: 101, echoes: ['hello'], notes: ['resumed', 'true', 'false'] },
    },
    {
      row: 10,
      rfc: 'RFC 6265 §8.4',
      name: 'the public id of somebody else who is connected is no secret that resumes anything',
      app: sessions(() => new Set([KNOWN])),
      send: [
        openWith({ headers: { cookie: `sid=${KNOWN}` } }),
        async ({ conn, dial, notes }) => {
          const thief = dial()
          await thief.connected
          thief.write(upgrade({ headers: { cookie: `sid=${conn.id}` } }))
          notes.push(String((await thief.answer)?.status))
        },
        text('hello'),
      ],
      expect: {
        status: 101,
        echoes: ['hello'],
        notes: ['resumed', 'true', 'false', 'a new one', 'false', 'false', '101'],
      },
    },
    {
      row: 10,
      rfc: 'RFC 6455 §10.5',
      name: 'two hundred connections have two hundred ids',
      send: [
        openWith(),
        async ({ app, dial, until, conn, notes }) => {
          const others = Array.from({ length: 199 }, () => dial())
          await Promise.all(others.map((other) => other.connected))
          for (const other of others) other.write(upgrade())
          await until(() => app.connections.size === 200, 'all of them')
          const ids = new Set([...app.connections].map(({ id }) => id))
          notes.push(`${ids.size} ids`)
          for (const other of others) other.reset()
          await until(() => app.connections.size === 1, 'only the first is left')
          notes.push(String(conn.id !== '' && ids.has(conn.id)))
        },
        text('hello'),
      ],
      expect: { status: 101, echoes: ['hello'], notes: ['200 ids', 'true'] },
    },
    {
      row: 10,
      rfc: 'RFC 6265 §8.4',
      name: 'a session id that is sent and then cut off is in no log',
      app: sessions(() => new Set([KNOWN])),
      send: [openWith({ headers: { cookie: `sid=${KNOWN}` } }), reset, ({ reaches }) => reaches('closed')],
      expect: {
        info: { code: 1006, reason: '', by: 'network', clean: false, wireCode: undefined },
        notes: ['resumed', 'true', 'false'],
      },
    },
  ],
}
