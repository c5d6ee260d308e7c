import { within } from '../until.js'
import type { HostileCase, HostileChapter, Setup } from './case.js'
import { byNetwork, byServer, refused } from './outcomes.js'
import type { Scene } from './scene.js'
import { advance, arrives, open, openGate, openWith, reset, SECRET, text, upgrade } from './steps.js'

const GOOD_TOKEN = 'let-me-in'
/** Takes a token out of the one header that it is asked for in, and says the same to every bad one. */
const AUTHENTICATES: Setup = {
  middleware: () => (conn, next) => {
    if (conn.request.headers['authorization'] !== `Bearer ${GOOD_TOKEN}`) {
      return conn.reject({ status: 401, reason: 'authentication failed' })
    }
    conn.authenticate({ subject: 'ada', tenant: 'acme' })
    return next()
  },
}
/** What everybody says who wants to be somebody else. */
const SPOOFED = '203.0.113.7'

/** Who is let in, by what they say of themselves, and who is not. */
export const admissionCases: HostileChapter = {
  title: 'admission',
  cases: [
    ...[
      undefined,
      '',
      'Bearer',
      'Bearer ',
      `Bearer ${SECRET}`,
      `bearer ${GOOD_TOKEN}x`,
      `Basic ${Buffer.from(`ada:${SECRET}`).toString('base64')}`,
      `Bearer eyJhbGciOiJub25lIn0.${SECRET}.`,
      `Bearer ${GOOD_TOKEN}, Bearer ${SECRET}`,
    ].map(
      (authorization): HostileCase => ({
        row: 5,
        rfc: 'RFC 9110 §11.6.2',
        name: `the Authorization '${authorization?.replaceAll(SECRET, '…') ?? '(none)'}' is answered with 401, and not repeated anywhere`,
        app: AUTHENTICATES,
        send: [upgrade({ headers: { authorization } })],
        expect: { ...refused(401, 4010, 'authentication failed'), handled: [] },
      }),
    ),
    {
      row: 5,
      rfc: 'RFC 9110 §11.6.2',
      name: 'a token in the query is not looked at where nobody asked for it',
      app: AUTHENTICATES,
      send: [
        upgrade({
          url: `/raw?access_token=${GOOD_TOKEN}&token=${GOOD_TOKEN}&authorization=Bearer%20${GOOD_TOKEN}`,
        }),
      ],
      expect: refused(401, 4010, 'authentication failed'),
    },
    {
      row: 5,
      rfc: 'RFC 9110 §11.6.2',
      name: 'the right token is let in',
      app: AUTHENTICATES,
      send: [openWith({ headers: { authorization: `Bearer ${GOOD_TOKEN}` } }), text('hello')],
      expect: { status: 101, echoes: ['hello'] },
    },
    {
      row: 6,
      rfc: 'RFC 9110 §15.6.4',
      name: 'middleware that never settles is answered with 503 at the deadline, and not before',
      app: waits(),
      send: [
        upgrade(),
        arrives,
        advance(2_999),
        ({ notes, conn }) => void notes.push(conn.state),
        advance(1),
        openGate,
      ],
      expect: {
        ...refused(503, 1013, 'the handshake took too long'),
        notes: ['connecting', 'late', 'released'],
      },
    },
    {
      row: 6,
      rfc: 'RFC 6455 §7.4.1',
      name: 'middleware that never settles after accept() is closed with 1013 at the deadline',
      app: {
        middleware: (scene) => async (conn, next) => {
          await conn.accept()
          await scene.gate.opened
          return next()
        },
      },
      send: [upgrade(), arrives, ({ client }) => client.answer, advance(3_000), openGate],
      expect: (supports) => ({
        status: 101,
        wire: 1013,
        info: byServer(1013, 'the handshake took too long', true)(supports),
        handled: [],
      }),
    },
    {
      row: 7,
      rfc: 'RFC 9110 §15.6.4',
      name: 'of fifty upgrades at once where one may come, one is let in, and the rest is told when to come again, at no cost',
      app: {
        options: { maxConnections: 1 },
        middleware:
          ({ notes }) =>
          (_conn, next) => {
            notes.push('middleware ran')
            return next()
          },
      },
      send: [
        open,
        async ({ dial, notes }) => {
          const flood = Array.from({ length: 49 }, () => dial())
          for (const client of flood) client.write(upgrade())
          const answers = await Promise.all(flood.map((client) => within(client.answer, 'an answer')))
          const told = answers.filter(
            (answer) => answer?.status === 503 && answer.headers['retry-after'] === '1',
          )
          notes.push(`${told.length} told`)
        },
        text('hello'),
      ],
      expect: { status: 101, echoes: ['hello'], notes: ['middleware ran', '49 told'] },
      afterwards: 503,
    },
    ...Object.entries({
      'a cookie': { headers: { cookie: 'linkspan.id=chosen; connection=chosen; sid=chosen' } },
      'a header': {
        headers: { 'x-connection-id': 'chosen', 'x-request-id': 'chosen', 'last-event-id': 'chosen' },
      },
      'the query': { url: '/raw?id=chosen&connection=chosen&resume=chosen' },
    }).map(
      ([where, parts]): HostileCase => ({
        row: 10,
        rfc: 'RFC 6455 §10.5',
        name: `an id that the client chose, in ${where}, is not the connection's`,
        send: [
          openWith(parts),
          ({ conn, notes }) => void notes.push(String(conn.id.includes('chosen'))),
          text('hello'),
        ],
        expect: { echoes: ['hello'], notes: ['false'] },
      }),
    ),
    ...Object.entries({
      'X-Forwarded-For': SPOOFED,
      'X-Forwarded-For of several': `${SPOOFED}, 127.0.0.1`,
      'X-Forwarded-For of nonsense': '", <script>, ::, 999.1.1.1',
      Forwarded: `for=${SPOOFED};proto=https;by=127.0.0.1`,
      'X-Real-IP': SPOOFED,
      'X-Client-IP': SPOOFED,
      'X-Cluster-Client-IP': SPOOFED,
      'True-Client-IP': SPOOFED,
      'CF-Connecting-IP': SPOOFED,
      'X-Forwarded-Host': 'evil.test',
    }).map(
      ([what, value]): HostileCase => ({
        row: 12,
        rfc: 'RFC 7239 §8.1',
        name: `${what} is not believed where no proxy is trusted`,
        send: [
          openWith({ headers: { [what.split(' ')[0] as string]: value } }),
          ({ conn, notes }) => void notes.push(conn.request.address, conn.request.headers['host'] ?? ''),
          text('hello'),
        ],
        expect: { echoes: ['hello'], notes: ['127.0.0.1', 'chat.example'] },
      }),
    ),
    {
      row: 22,
      rfc: 'RFC 9110 §15.5.4',
      name: 'middleware that takes a resource and then refuses gives it back, and nobody saw it active',
      app: {
        middleware:
          ({ notes }) =>
          async (conn) => {
            conn.defer(() => void notes.push('given back'))
            notes.push('taken')
            await undefined
            return conn.reject({ status: 403, reason: 'not you' })
          },
      },
      send: [
        upgrade(),
        ({ record, until }) => until(() => record.of('close').length > 0, 'the end'),
        sawActive,
      ],
      expect: { ...refused(403, 4003, 'not you'), notes: ['taken', 'given back', 'never active'] },
    },
    {
      row: 22,
      rfc: 'RFC 9110 §15.6.1',
      name: 'middleware that takes a resource and then throws gives it back, and the client hears a 500 without detail',
      app: {
        middleware:
          ({ notes }) =>
          async (conn) => {
            conn.defer(() => void notes.push('given back'))
            notes.push('taken')
            await undefined
            throw new Error('inner workings')
          },
      },
      send: [
        upgrade(),
        ({ record, until }) => until(() => record.of('close').length > 0, 'the end'),
        sawActive,
      ],
      expect: {
        ...refused(500, 1011),
        notes: ['taken', 'given back', 'never active'],
        errors: ['LINKSPAN_MIDDLEWARE'],
      },
    },
    {
      row: 1,
      rfc: 'RFC 9112 §9.5',
      name: 'middleware that answers long after its client has gone answers nobody',
      app: waits(),
      send: [upgrade(), arrives, reset, ({ reaches }) => reaches('closing'), advance(2_000), openGate],
      expect: { info: byNetwork, notes: ['late', 'released'] },
    },
  ],
}

function waits(): Setup {
  return {
    middleware:
      ({ gate, notes }) =>
      async (conn, next) => {
        conn.defer(() => void notes.push('released'))
        await gate.opened
        notes.push('late')
        return next()
      },
  }
}

function sawActive({ record, notes }: Scene): void {
  const active = record.of('transition').some(({ to }) => to === 'active') || record.of('open').length > 0
  notes.push(active ? 'active' : 'never active')
}
