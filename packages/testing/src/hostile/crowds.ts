import { within } from '../until.js'
import type { HostileCase, HostileChapter, Step } from './case.js'
import { byNetwork, refused } from './outcomes.js'
import type { RawClient } from './raw-client.js'
import { arrives, open, openGate, text, upgrade } from './steps.js'

/** Upgrade requests in numbers: who has to wait is told so, before anything was spent on them (RFC 6585 §4). */
export const crowdCases: HostileChapter = {
  title: 'crowds',
  cases: [
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
      send: [open, crowd(49, 503), text('hello')],
      expect: { status: 101, echoes: ['hello'], notes: ['middleware ran', '49 × 503 with Retry-After'] },
      afterwards: 503,
    },
    {
      row: 7,
      rfc: 'RFC 9110 §15.6.4',
      name: 'those whose handshakes are still under way count: fifty more are told to come again',
      app: {
        options: { maxConnections: 1 },
        middleware:
          ({ gate }) =>
          async (_conn, next) => {
            await gate.opened
            return next()
          },
      },
      send: [upgrade(), arrives, crowd(50, 503), openGate, ({ reaches }) => reaches('active'), text('hello')],
      expect: { status: 101, echoes: ['hello'], notes: ['50 × 503 with Retry-After'] },
      afterwards: 503,
    },
    {
      row: 7,
      rfc: 'RFC 6585 §4',
      name: 'a limit of five a second: of fifty five are let in, the rest gets 429 before a token is looked at',
      app: {
        middleware: ({ notes }) => {
          let left = 5
          return (conn, next) => {
            if (left === 0) return conn.reject({ status: 429, reason: 'slow down', retryAfter: 1 })
            left -= 1
            notes.push('a token was looked at')
            return next()
          }
        },
      },
      send: [open, crowd(49, 429), text('hello')],
      expect: {
        status: 101,
        echoes: ['hello'],
        notes: [...Array.from({ length: 5 }, () => 'a token was looked at'), '45 × 429 with Retry-After'],
      },
    },
    {
      row: 7,
      rfc: 'RFC 6585 §4',
      name: 'who is over the limit gets 429, Retry-After and a problem, byte for byte',
      app: {
        middleware: () => async (conn) => conn.reject({ status: 429, reason: 'slow down', retryAfter: 5 }),
      },
      send: [upgrade()],
      expect: {
        ...refused(429, 4101, 'slow down'),
        headers: { 'retry-after': '5', 'content-type': 'application/problem+json' },
        body: '{"type":"about:blank","title":"Too Many Requests","status":429,"detail":"slow down","code":4101}',
      },
    },
    {
      row: 7,
      rfc: 'RFC 9110 §10.2.3',
      name: 'fifty upgrades that come while the application drains get 503 and Retry-After, and no middleware runs',
      app: {
        middleware:
          ({ notes }) =>
          (_conn, next) => {
            notes.push('middleware ran')
            return next()
          },
      },
      send: [
        ({ app }) => void app.drain(),
        crowd(50, 503),
        upgrade(),
        ({ client }) => within(client.answer, 'an answer'),
      ],
      expect: {
        ...refused(503, 1012),
        headers: { 'retry-after': /^[1-9]\d*$/, 'content-type': 'application/problem+json' },
        info: { by: 'server', clean: false, wireCode: undefined },
        notes: ['50 × 503 with Retry-After'],
      },
      afterwards: 503,
    },
    {
      row: 7,
      rfc: 'RFC 6455 §10.2',
      name: 'fifty upgrades of a foreign page get 403, and no middleware runs',
      app: {
        options: { origin: ['https://app.example'] },
        middleware:
          ({ notes }) =>
          (_conn, next) => {
            notes.push('middleware ran')
            return next()
          },
      },
      send: [open, crowd(50, 403, upgrade({ headers: { origin: 'https://evil.test' } })), text('hello')],
      expect: { status: 101, echoes: ['hello'], notes: ['middleware ran', '50 × 403'] },
    },
    {
      row: 7,
      rfc: 'RFC 9112 §9.5',
      name: 'a hundred requests that never become whole are no connections, and keep nobody out',
      app: { options: { maxConnections: 2 } },
      send: [
        async ({ dial }) => {
          const slow = await dialled(dial, 100)
          for (const client of slow) client.write(upgrade().slice(0, 40))
        },
        open,
        ({ app, notes }) => void notes.push(String(app.connections.size)),
        text('hello'),
      ],
      expect: { status: 101, echoes: ['hello'], notes: ['1'] },
    },
    ...Object.entries<(client: RawClient) => void>({
      reset: (client) => client.reset(),
      FIN: (client) => client.fin(),
    }).map(
      ([what, go]): HostileCase => ({
        row: 7,
        rfc: 'RFC 9112 §9.5',
        name: `who leaves by a ${what} while middleware waits makes room: ten come, one after the other, where one may`,
        app: {
          options: { maxConnections: 1 },
          middleware: () => async (conn, next) => {
            await new Promise((resolve) => conn.signal.addEventListener('abort', resolve))
            return next()
          },
        },
        send: [
          async ({ app, dial, until }) => {
            for (let i = 0; i < 10; i += 1) {
              for (const client of await dialled(dial, 1)) {
                client.write(upgrade())
                await until(() => app.connections.size === 1, 'it has come')
                go(client)
                await until(() => app.connections.size === 0, 'it has gone')
              }
            }
          },
          ({ notes, record }) => void notes.push(`${record.of('close').length} ends`),
        ],
        expect: { info: byNetwork, notes: ['10 ends'] },
      }),
    ),
  ],
}

async function dialled(dial: () => RawClient, count: number): Promise<RawClient[]> {
  const clients = Array.from({ length: count }, () => dial())
  await Promise.all(clients.map((client) => client.connected))
  return clients
}

/** So many clients ask, and are answered; how many with this status is noted. */
function crowd(count: number, status: number, request: string = upgrade()): Step {
  return async ({ dial, notes }) => {
    const clients = await dialled(dial, count)
    for (const client of clients) client.write(request)
    const answers = await Promise.all(clients.map((client) => within(client.answer, 'an answer')))
    const told = answers.filter((answer) => answer?.status === status)
    const when = told.filter((answer) => /^[1-9]\d*$/.test(answer?.headers['retry-after'] ?? ''))
    notes.push(`${told.length} × ${status}${when.length === told.length ? ' with Retry-After' : ''}`)
  }
}
