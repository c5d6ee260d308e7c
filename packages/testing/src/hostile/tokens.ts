import type { Connection } from '@linkspan/core'
import type { HostileCase, HostileChapter, Outcome, Setup } from './case.js'
import { byServer, refused } from './outcomes.js'
import { open, openWith, type RequestParts, SECRET, text, upgrade } from './steps.js'
import { ISSUED, isSound, signed } from './token.js'

const GOOD = signed(ISSUED)
/** The same words to everybody, whatever was wrong. */
const REFUSED: Outcome = {
  ...refused(401, 4010, 'authentication failed'),
  body: '{"type":"about:blank","title":"Unauthorized","status":401,"detail":"authentication failed","code":4010}',
  handled: [],
}

/** Takes a token from where it is asked for; every token that was seen anywhere must be found nowhere. */
function authenticates(find: (conn: Connection<unknown>) => string | undefined): Setup {
  return {
    middleware: (scene) => async (conn, next) => {
      const token = find(conn)
      // Dots are in every log.
      if (token !== undefined && token.length > 2) scene.secrets.push(token)
      if (!isSound(token ?? '', scene.stage.clock.now())) {
        return conn.reject({ status: 401, reason: 'authentication failed' })
      }
      conn.authenticate({ subject: 'ada', tenant: 'acme', claims: { token: token ?? '' } })
      return next()
    },
  }
}

const IN_HEADER = authenticates(
  ({ request }) => /^Bearer (\S+)$/.exec(request.headers['authorization'] ?? '')?.[1],
)
const IN_QUERY = authenticates(({ request }) => request.query.get('access_token') ?? undefined)

/** Tokens that are no good, by what is wrong with them (RFC 8725 §3). */
const BAD: Readonly<Record<string, string>> = {
  'that has expired': signed({ ...ISSUED, exp: 0 }),
  'that is not valid yet': signed({ ...ISSUED, nbf: 4e9 }),
  'that never expires': signed({ ...ISSUED, exp: undefined }),
  'that expires on a word': signed({ ...ISSUED, exp: 'never' }),
  'for another audience': signed({ ...ISSUED, aud: 'shop' }),
  'for no audience': signed({ ...ISSUED, aud: undefined }),
  'of another issuer': signed({ ...ISSUED, iss: 'https://evil.test' }),
  'without a subject': signed({ ...ISSUED, sub: undefined }),
  'of another key': signed(ISSUED, { key: 'another' }),
  'of the empty key': signed(ISSUED, { key: '' }),
  'with "alg": "none" and no signature': signed(ISSUED, { alg: 'none', signature: '' }),
  'with "alg": "nOnE" and no signature': signed(ISSUED, { alg: 'nOnE', signature: '' }),
  'with "alg": "none" and the right signature': signed(ISSUED, { alg: 'none' }),
  'with "alg": "RS256" and a symmetric signature': signed(ISSUED, { alg: 'RS256' }),
  'without an algorithm': signed(ISSUED, { alg: undefined }),
  'without its signature': GOOD.slice(0, GOOD.lastIndexOf('.') + 1),
  'without its last letter': GOOD.slice(0, -1),
  'with a letter more': `${GOOD}A`,
  'with a padded signature': `${GOOD}=`,
  'of two parts': GOOD.slice(0, GOOD.lastIndexOf('.')),
  'of four parts': `${GOOD}.${SECRET}`,
  'whose claims were changed': GOOD.replace(/\.(.*)\./, `.${part({ ...ISSUED, sub: 'eve' })}.`),
  'whose header is no JSON': GOOD.replace(/^[^.]+/, 'AAAA'),
  'whose claims are null': signed(null),
  'whose claims are a list': signed([ISSUED]),
  'of dots': '..',
  'of 6 KB': 'x'.repeat(6_000),
}

/** Who is let in with a token, and who is not; and that nobody repeats it. */
export const tokenCases: HostileChapter = {
  title: 'tokens',
  cases: [
    ...Object.entries(BAD).flatMap(([what, token]) => [
      one(`a token ${what} is answered with 401 that says nothing of why`, IN_HEADER, {
        headers: { authorization: `Bearer ${token}` },
      }),
      one(
        `a token ${what}, in the query that is asked for it, is answered with 401, and repeated nowhere`,
        IN_QUERY,
        {
          url: `/raw?access_token=${encodeURIComponent(token)}&token=${SECRET}`,
        },
      ),
    ]),
    ...[
      undefined,
      '',
      'Bearer',
      'Bearer ',
      `Bearer ${SECRET}`,
      `Bearer  ${GOOD}`,
      `Bearer ${GOOD} ${GOOD}`,
      `Bearer ${GOOD}, Bearer ${SECRET}`,
      `Basic ${Buffer.from(`ada:${SECRET}`).toString('base64')}`,
      `Digest username="${SECRET}"`,
      GOOD,
    ].map((authorization) =>
      one(
        `the Authorization '${told(authorization)}' is answered with 401, and not repeated anywhere`,
        IN_HEADER,
        { headers: { authorization } },
      ),
    ),
    one('a token in the query is not looked at where nobody asked for it', IN_HEADER, {
      url: `/raw?access_token=${GOOD}&token=${GOOD}&authorization=Bearer%20${GOOD}`,
    }),
    one('a token in a cookie is not looked at where nobody asked for it', IN_HEADER, {
      headers: { cookie: `access_token=${GOOD}; authorization=Bearer ${GOOD}` },
    }),
    one('a token in a header of another name is not looked at', IN_HEADER, {
      headers: { 'x-authorization': `Bearer ${GOOD}`, 'proxy-authorization': `Bearer ${GOOD}` },
    }),
    one('the right token as a subprotocol is no token, and not chosen', IN_HEADER, {
      headers: { 'sec-websocket-protocol': `bearer, ${GOOD}` },
    }),
    served('the right token in its header is let in, and logged nowhere', IN_HEADER, {
      headers: { authorization: `Bearer ${GOOD}` },
    }),
    served('the right token in the query that is asked for it is let in, and logged nowhere', IN_QUERY, {
      url: `/raw?access_token=${GOOD}&token=${SECRET}`,
    }),
    {
      row: 5,
      rfc: 'RFC 6750 §2.3',
      name: 'a handler that fails, with the token in reach, logs nothing of it',
      app: {
        ...IN_QUERY,
        handler: () => (conn) => {
          void conn.request.url
          throw new Error('inner workings')
        },
      },
      send: [openWith({ url: `/raw?access_token=${GOOD}&token=${SECRET}` }), text(SECRET)],
      expect: (supports) => ({
        wire: 1011,
        info: byServer(1011, '', true)(supports),
        errors: ['LINKSPAN_HANDLER'],
      }),
    },
    ...Object.entries({
      'is no good': GOOD.slice(0, -1),
      'is the payload of an attack': `{"token":"${SECRET}"}`,
    }).map(
      ([what, token]): HostileCase => ({
        row: 5,
        rfc: 'RFC 6455 §7.4.2',
        name: `a token in band that ${what} is closed with 4010 that says nothing of why, and repeated nowhere`,
        app: {
          middleware: (scene) => async (conn, next) => {
            await conn.accept()
            const given = (await conn.read()).text()
            scene.secrets.push(given)
            if (!isSound(given, scene.stage.clock.now())) {
              return conn.reject({ status: 401, reason: 'authentication failed' })
            }
            conn.authenticate({ subject: 'ada' })
            return next()
          },
        },
        send: [upgrade(), ({ client }) => client.answer, text(token), text('and I go on')],
        expect: (supports) => ({
          status: 101,
          wire: 4010,
          info: byServer(4010, 'authentication failed', true)(supports),
          handled: [],
        }),
      }),
    ),
    {
      row: 5,
      rfc: 'RFC 6455 §7.4.2',
      name: 'who says nothing in band is closed with 4010 when the read is over',
      app: {
        middleware: () => async (conn, next) => {
          await conn.accept()
          await conn.read({ timeout: 1_000 })
          return next()
        },
      },
      send: [
        upgrade(),
        ({ client }) => client.answer,
        ({ stage }) => stage.clock.advance(999),
        ({ conn, notes }) => void notes.push(conn.state),
        ({ stage }) => stage.clock.advance(1),
      ],
      expect: (supports) => ({
        status: 101,
        wire: 4010,
        info: byServer(4010, 'no message came in time', true)(supports),
        notes: ['connecting'],
        handled: [],
      }),
    },
    {
      row: 5,
      rfc: 'RFC 6455 §4.2.2',
      name: 'who needs no token is let in, and is nobody',
      send: [open, ({ conn, notes }) => void notes.push(JSON.stringify(conn.identity)), text('hello')],
      expect: { status: 101, echoes: ['hello'], notes: ['null'] },
    },
  ],
}

function one(name: string, app: Setup, parts: RequestParts): HostileCase {
  return { row: 5, rfc: 'RFC 6750 §3.1', name, app, send: [upgrade(parts)], expect: REFUSED }
}

function served(name: string, app: Setup, parts: RequestParts): HostileCase {
  return {
    row: 5,
    rfc: 'RFC 6750 §2',
    name,
    app,
    send: [
      openWith(parts),
      ({ conn, notes }) => void notes.push(String(conn.identity?.subject)),
      text('hello'),
    ],
    expect: { status: 101, echoes: ['hello'], notes: ['ada'] },
  }
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function told(authorization: string | undefined): string {
  return (authorization ?? '(none)').replaceAll(SECRET, '…').replaceAll(GOOD, 'TOKEN')
}
