import type { Connection, MessageMiddleware } from '@linkspan/core'
import { errorCodeOf } from '../conformance/support.js'
import { within } from '../until.js'
import type { HostileCase, HostileChapter, Setup } from './case.js'
import { byNetwork, byServer, refused } from './outcomes.js'
import {
  advance,
  arrives,
  closeFrame,
  fin,
  impolite,
  open,
  openGate,
  openWith,
  reset,
  SECRET,
  server,
  text,
  upgrade,
} from './steps.js'

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

/** What an application does with hostile clients, and what it may do wrong itself. */
export const applicationCases: HostileChapter = {
  title: 'application',
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
    ...Object.entries<MessageMiddleware<unknown>>({
      'throws an error': () => {
        throw new Error('inner workings')
      },
      'rejects with an error': async () => {
        throw new Error('inner workings')
      },
      'rejects after a while': async () => {
        await undefined
        throw new Error('inner workings')
      },
      'throws nothing': () => {
        // oxlint-disable-next-line typescript/only-throw-error -- user code may throw what is no Error
        throw undefined
      },
      'throws a string': () => {
        // oxlint-disable-next-line typescript/only-throw-error -- user code may throw what is no Error
        throw 'inner workings'
      },
      'throws what cannot be read': () => {
        throw Object.create(null)
      },
    }).map(
      ([what, handler]): HostileCase => ({
        row: 18,
        rfc: 'RFC 6455 §7.4.1',
        name: `a handler that ${what} is an error, and closed with 1011 that says nothing of it`,
        app: { handler: () => handler },
        send: [open, text('hello'), text('and again')],
        expect: (supports) => ({
          wire: 1011,
          info: byServer(1011, '', true)(supports),
          errors: ['LINKSPAN_HANDLER'],
          handled: ['hello'],
        }),
      }),
    ),
    ...[9999, 5000, 1005, 1006, 1015, 1004, 999, 0, -1, 1000.5, NaN, Infinity, '1000', null].map(
      (code): HostileCase => ({
        row: 19,
        rfc: 'RFC 6455 §7.4',
        name: `close(${JSON.stringify(code) ?? String(code)}) by the application is a documented error, and closes nothing`,
        send: [
          open,
          async ({ conn, notes }) =>
            void notes.push(String(await errorCodeOf(() => conn.close(code as number)))),
          text('hello'),
        ],
        expect: { echoes: ['hello'], notes: ['LINKSPAN_CLOSE_CODE'] },
      }),
    ),
    ...(
      [
        ['200 letters', 'x'.repeat(200), 'x'.repeat(123)],
        ['emoji, of four bytes each,', '😀'.repeat(50), '😀'.repeat(30)],
        ['umlauts after one letter', `x${'ü'.repeat(100)}`, `x${'ü'.repeat(61)}`],
        ['a lone surrogate', 'lone \ud800', 'lone \ufffd'],
        ['a number', 42, ''],
        ['an object', { toString: 'no function' }, ''],
        ['a symbol', Symbol('reason'), ''],
        ['null', null, ''],
      ] as const
    ).map(
      ([what, reason, cut]): HostileCase => ({
        row: 19,
        rfc: 'RFC 6455 §5.5',
        name: `a reason of ${what} is cut, or none, and closes all the same`,
        send: [open, server((conn) => conn.close(4000, reason as string))],
        expect: (supports) => ({ wire: 4000, info: byServer(4000, cut, true)(supports) }),
      }),
    ),
    ...Object.entries({
      'a prototype': [
        '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
        'object',
      ],
      'ten thousand arrays within each other': [`${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'object'],
      'a number beyond all numbers': ['1e999', 'number'],
      'a key of 10 KB': [`{"${'k'.repeat(10_000)}":1}`, 'object'],
      'ten thousand times the same key': [`{${'"k":1,'.repeat(9_000)}"k":2}`, 'object'],
      'an attachment that claims to be huge': ['{"attachments":1000000000,"event":"connect"}', 'object'],
      'lone surrogates': ['"\\ud800\\udfff\\udc00"', 'string'],
    } as const).map(
      ([what, [json, kind]]): HostileCase => ({
        row: 20,
        rfc: 'RFC 8259 §9',
        name: `JSON with ${what} is read as what it says, and changes nothing else`,
        app: {
          handler:
            ({ notes }) =>
            (conn, message) => {
              notes.push(typeof message.json(), String('polluted' in {}))
              conn.send('read')
            },
        },
        send: [open, text(json)],
        expect: { echoes: ['read'], notes: [kind, 'false'] },
      }),
    ),
    ...['{', '', '{"a":1}x', "{'a':1}", 'NaN', '[1,]', '\ufeff1'].map(
      (json): HostileCase => ({
        row: 20,
        rfc: 'RFC 8259 §2',
        name: `${JSON.stringify(json)}, no JSON, is an error of the handler that asks for it, and closed with 1011`,
        app: { handler: () => (_conn, message) => void message.json() },
        send: [open, text(json)],
        expect: (supports) => ({
          wire: 1011,
          info: byServer(1011, '', true)(supports),
          errors: ['LINKSPAN_HANDLER'],
        }),
      }),
    ),
    ...Object.entries({
      'while our close waits for an answer': [impolite, server((conn) => conn.close(4000, 'go'))],
      'after a close frame of the peer': [closeFrame(4001), closed],
      'after a FIN': [fin, closed],
      'after a reset': [reset, closed],
      'after terminate()': [server((conn) => conn.terminate()), closed],
    } satisfies Record<string, HostileCase['send']>).map(
      ([when, steps]): HostileCase => ({
        row: 21,
        rfc: 'RFC 6455 §7.1.1',
        name: `every call ${when} is a no-op or a documented error`,
        app: {
          middleware: () => (conn, next) => {
            conn.authenticate({ subject: 'ada' })
            return next()
          },
        },
        send: [
          open,
          ...steps,
          async ({ conn, notes }) => void notes.push(...(await callsOn(conn))),
          advance(5_000),
        ],
        expect: {
          info: {},
          notes: [
            ...[
              'closed',
              'closed',
              '0 topics',
              'LINKSPAN_CLOSED',
              'LINKSPAN_CLOSED',
              'no error',
              'no error',
              'drained',
            ],
          ],
        },
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

function sawActive({
  record,
  notes,
}: Parameters<Exclude<HostileCase['send'][number], string | Uint8Array>>[0]): void {
  const active = record.of('transition').some(({ to }) => to === 'active') || record.of('open').length > 0
  notes.push(active ? 'active' : 'never active')
}

async function closed({ reaches }: Parameters<typeof sawActive>[0]): Promise<void> {
  await reaches('closing')
}

async function callsOn(conn: Connection<unknown>): Promise<string[]> {
  const told: string[] = [conn.send('late'), conn.send(new Uint8Array(1))]
  conn.join('lobby')
  conn.leave('lobby')
  conn.to('lobby').send('late')
  told.push(`${conn.topics.size} topics`)
  told.push(String(await errorCodeOf(() => conn.authenticate({ subject: 'eve' }))))
  told.push(String(await errorCodeOf(() => conn.renew({ subject: 'ada' }))))
  told.push((await errorCodeOf(() => conn.close(4009, 'late'))) ?? 'no error')
  told.push((await errorCodeOf(() => conn.terminate())) ?? 'no error')
  await conn.drained()
  told.push('drained')
  return told
}
