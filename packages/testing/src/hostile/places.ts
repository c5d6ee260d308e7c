import { within } from '../until.js'
import type { HostileCase, HostileChapter, Place } from './case.js'
import { malformed, refused } from './outcomes.js'
import type { RawClient } from './raw-client.js'
import { arrives, fin, open, openWith, type RequestParts, reset, SECRET, text, upgrade } from './steps.js'

const WELCOME = 'Bearer let-me-in'
/** Requests that ask for a path which is not the application's, however near it they come. */
const ELSEWHERE = [
  ...['/', '/elsewhere', '/elsewhere?path=/raw', '/elsewhere/raw', '/rawer', '/ra', '//raw', '/raw/more'],
  ...[
    '/elsewhere/../raw',
    '/raw/../elsewhere',
    '/elsewhere/%2e%2e/raw',
    '/raw%00',
    '/raw%20',
    '/%2fraw',
    `/${'x'.repeat(2_000)}`,
  ],
]
const PLACED: Readonly<Record<Place, string>> = {
  everywhere: 'RFC 6455 §4.2.2',
  routed: 'RFC 9110 §15.5.5',
  'beside another': 'RFC 6455 §1.7',
  guarded: 'RFC 9110 §11.6.1',
}
const FOREIGN = { status: 418, headers: { 'x-by': 'another' } } as const

/** An application among others on its server, and behind what stands before it there. */
export const placeCases: HostileChapter = {
  title: 'places',
  cases: [
    ...ELSEWHERE.map((url) =>
      unmatched(`an upgrade at ${url.slice(0, 30)}, where nobody is,`, upgrade({ url })),
    ),
    {
      ...unmatched(
        'an upgrade where nobody is, with frames in the same packet,',
        Buffer.concat([Buffer.from(upgrade({ url: '/elsewhere' })), text('early')]),
      ),
      // A server that knows no early bytes takes them for a further request.
      expect: ({ earlyBytes }) => ({ answered: earlyBytes ? 404 : [404, 505] }),
    },
    unmatched(
      'an upgrade where nobody is, of a foreign page,',
      upgrade({ url: '/elsewhere', headers: { origin: 'https://evil.test' } }),
    ),
    {
      ...at('routed', 'a malformed upgrade where nobody is is answered as such, or not found', [
        upgrade({ url: '/elsewhere', headers: { 'sec-websocket-version': '8' } }),
      ]),
      expect: ({ malformedHttp }) =>
        malformedHttp ? malformed(426, { 'sec-websocket-version': '13' }) : { status: 404 },
    },
    {
      ...at('routed', 'fifty upgrades where nobody is are fifty 404, and what is served goes on', [
        open,
        async ({ dial, notes }) => {
          const lost = await asked(dial, 50, upgrade({ url: '/elsewhere' }))
          notes.push(`${lost.filter((status) => status === 404).length} × 404`)
        },
        text('hello'),
      ]),
      expect: { status: 101, echoes: ['hello'], notes: ['50 × 404'] },
    },
    ...(['reset', 'FIN'] as const).map(
      (what): HostileCase => ({
        ...at('routed', `a ${what} right behind an upgrade where nobody is hurts nobody`, [
          upgrade({ url: '/elsewhere' }),
          what === 'reset' ? reset : fin,
        ]),
        expect: { answered: what === 'reset' ? 'cut' : [404, 'cut'] },
      }),
    ),
    {
      ...at('routed', "an upgrade at the path that is the application's is let in, with its query", [
        openWith({ url: '/raw?a=/elsewhere' }),
        text('hello'),
      ]),
      expect: { status: 101, echoes: ['hello'], url: '/raw?a=/elsewhere' },
    },
    {
      ...at('routed', "a refusal at the path that is the application's is its own", [upgrade()]),
      app: { middleware: () => async (conn) => conn.reject({ status: 402, reason: 'pay first' }) },
      expect: refused(402, 1008, 'pay first'),
    },

    ...Object.entries<RequestParts>({
      'an upgrade': {},
      'an upgrade of another version': { headers: { 'sec-websocket-version': '8' } },
      'an upgrade with a key that is none': { headers: { 'sec-websocket-key': 'short' } },
      'an upgrade with two keys': { lines: ['Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='] },
      'an upgrade of a foreign page': { headers: { origin: 'https://evil.test' } },
    }).map(
      ([what, parts]): HostileCase => ({
        ...at('beside another', `${what} for another application is left to it, untouched`, [
          upgrade({ ...parts, url: '/foreign' }),
        ]),
        expect: FOREIGN,
      }),
    ),
    {
      ...at('beside another', 'an upgrade for ours is let in by ours alone: it is answered once', [
        openWith(),
        text('hello'),
      ]),
      expect: { status: 101, headers: { 'x-by': '' }, echoes: ['hello'] },
    },
    {
      ...at('beside another', 'an upgrade that ours refuses is not answered by the other as well', [
        upgrade(),
      ]),
      app: { middleware: () => async (conn) => conn.reject({ status: 402, reason: 'pay first' }) },
      expect: {
        ...refused(402, 1008, 'pay first'),
        headers: { 'x-by': '', 'content-type': 'application/problem+json' },
      },
    },
    {
      ...at('beside another', 'both are asked in turns, fifty times, and each gets its own', [
        open,
        async ({ dial, notes }) => {
          const foreign = await asked(dial, 25, upgrade({ url: '/foreign' }))
          const ours = await asked(dial, 25, upgrade())
          notes.push(
            `${foreign.filter((status) => status === 418).length} × 418`,
            `${ours.filter((status) => status === 101).length} × 101`,
          )
        },
        text('hello'),
      ]),
      expect: { status: 101, echoes: ['hello'], notes: ['25 × 418', '25 × 101'] },
    },

    ...Object.entries<RequestParts>({
      'without a token': {},
      'with another token': { headers: { authorization: `Bearer ${SECRET}` } },
      'with the token and more': { headers: { authorization: `${WELCOME} ${SECRET}` } },
      'with the token in the query': {
        url: `/raw?authorization=${encodeURIComponent(WELCOME)}&token=${SECRET}`,
      },
      'with the token in a cookie': { headers: { cookie: `authorization=${WELCOME}` } },
      'with the token as a subprotocol': { headers: { 'sec-websocket-protocol': 'let-me-in' } },
      'of a foreign page, without a token': { headers: { origin: 'https://evil.test' } },
    }).map(
      ([what, parts]): HostileCase => ({
        ...at(
          'guarded',
          `an upgrade ${what} is refused by the framework's own authentication, and nobody else hears of it`,
          [
            Buffer.concat([Buffer.from(upgrade(parts), 'latin1'), text('early')]),
            ({ client }) => within(client.over, 'the socket ends'),
          ],
        ),
        expect: { status: 401, headers: { 'www-authenticate': 'Bearer', 'x-guard': '' }, handled: [] },
      }),
    ),
    {
      ...at('guarded', 'an upgrade with the token is let in, with what the framework has set', [
        openWith({ headers: { authorization: WELCOME } }),
        text('hello'),
      ]),
      expect: { status: 101, headers: { 'x-guard': 'passed' }, echoes: ['hello'] },
    },
    {
      ...at(
        'guarded',
        'an upgrade with the token, of a foreign page, is refused by ours, with what the framework has set',
        [upgrade({ headers: { authorization: WELCOME, origin: 'https://evil.test' } })],
      ),
      app: { options: { origin: ['https://app.example'] } },
      expect: {
        ...refused(403, 4003, 'this origin may not connect'),
        headers: { 'x-guard': 'passed', 'content-type': 'application/problem+json' },
      },
    },
    {
      ...at('guarded', 'a malformed upgrade is answered before any authentication', [
        upgrade({ headers: { 'sec-websocket-version': '8' } }),
      ]),
      expect: malformed(426, { 'sec-websocket-version': '13', 'x-guard': '' }),
    },
    {
      ...at('guarded', 'frames that come while the framework decides are handled once active, in order', [
        Buffer.concat([
          Buffer.from(upgrade({ headers: { authorization: WELCOME } })),
          text('one'),
          text('two'),
        ]),
        arrives,
      ]),
      expect: { status: 101, echoes: ['one', 'two'], handled: ['one', 'two'] },
    },
    ...(['reset', 'FIN'] as const).map(
      (what): HostileCase => ({
        ...at('guarded', `a ${what} while the framework decides is one end at most`, [
          upgrade({ headers: { authorization: WELCOME } }),
          what === 'reset' ? reset : fin,
          ({ client }) => client.over,
        ]),
        expect: {
          answered: what === 'reset' ? 'cut' : [101, 'cut'],
          mayBeUnheard: true,
          info: { code: 1006, reason: '', by: 'network', clean: false, wireCode: undefined },
          handled: [],
        },
      }),
    ),
  ],
}

function at(place: Place, name: string, send: HostileCase['send']): Omit<HostileCase, 'expect'> {
  return { row: place === 'guarded' ? 11 : 8, rfc: PLACED[place], name, place, send }
}

/** Of the framework is the 404, where there is one. A server of its own may keep the socket. */
function unmatched(what: string, bytes: string | Uint8Array): HostileCase {
  return {
    ...at('routed', `${what} is answered with 404, and no connection`, [bytes]),
    expect: ({ malformedHttp }) => (malformedHttp ? { answered: 404 } : { status: 404 }),
  }
}

async function asked(dial: () => RawClient, count: number, request: string): Promise<(number | undefined)[]> {
  const clients = Array.from({ length: count }, () => dial())
  await Promise.all(clients.map((client) => client.connected))
  for (const client of clients) client.write(request)
  const answers = await Promise.all(clients.map((client) => within(client.answer, 'an answer')))
  return answers.map((answer) => answer?.status)
}
