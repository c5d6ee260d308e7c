import type { HostileCase, HostileChapter, Outcome } from './case.js'
import { malformed, refused } from './outcomes.js'
import { KEY, openWith, type RequestParts, text, upgrade } from './steps.js'

const OTHER_KEY = 'AAAAAAAAAAAAAAAAAAAAAA=='
/** Not an upgrade to a server that reads HTTP: it is answered as any other request, and its socket may live on. */
const NO_UPGRADE: Outcome = {
  status: 426,
  headers: { upgrade: 'websocket', 'content-type': /^application\/problem\+json$/ },
}

/** No middleware may see any of it. */
const NOTING: NonNullable<HostileCase['app']> = {
  middleware:
    ({ notes }) =>
    (_conn, next) => {
      notes.push('middleware ran')
      return next()
    },
}

/** What the headers of an upgrade request have to say (RFC 6455 §4.2.1). */
export const upgradeHeaderCases: HostileChapter = {
  title: 'upgrade headers',
  cases: [
    ...[undefined, '', 'h2c', 'websockets', 'web socket', 'websocket/13', 'xwebsocket'].map((value) =>
      no(
        `Upgrade: ${value ?? '(none)'} is answered with 426 and Upgrade: websocket`,
        { upgrade: value },
        NO_UPGRADE,
      ),
    ),
    ...[undefined, '', 'keep-alive', 'close', 'upgraded', 'keep-alive, close'].map((value) =>
      no(
        `Connection: ${value ?? '(none)'} is answered with 426 and Upgrade: websocket`,
        { connection: value },
        NO_UPGRADE,
      ),
    ),
    no(
      'neither Upgrade nor Connection is answered with 426',
      { upgrade: undefined, connection: undefined },
      NO_UPGRADE,
    ),
    ...[
      ...[
        undefined,
        '',
        '0',
        '7',
        '8',
        '12',
        '14',
        '113',
        '013',
        '+13',
        '-13',
        '0x0d',
        '13.0',
        '1.3e1',
        '13, 8',
      ],
      ...['8, 13', '13 13', 'thirteen', '"13"', '13;q=1', '\xb9\xb3'],
    ].map((value) =>
      no(
        `Sec-WebSocket-Version: ${value ?? '(none)'} is answered with 426 and the version spoken here`,
        { 'sec-websocket-version': value },
        malformed(426, { 'sec-websocket-version': '13' }),
      ),
    ),
    ...[
      ...[
        undefined,
        '',
        'short',
        'dGhlIHNhbXBsZSBub25jZQ',
        'dGhlIHNhbXBsZSBub25jZR==',
        'dGhlIHNhbXBsZSBub25jZQ=!',
      ],
      ...[
        'dGhlIHNhbXBsZSBub25jZQ===',
        'dGhlIHNhbXBsZSBub25jZ===',
        'dGhlIHNhbX BsZSBub25jZQ==',
        'dGhlIHNhbXBsZS_ub25jZQ==',
      ],
      ...['dGhlIHNhbXBsZS-ub25jZQ==', `${KEY}${KEY}`, `${KEY}, ${OTHER_KEY}`, '========================'],
      ...['dGhlIHNhbXBsZSBub25jZQ=\xbd', '"dGhlIHNhbXBsZSBub25jZQ"', 'x'.repeat(24), 'A'.repeat(4_000)],
    ].map((value) =>
      no(
        `Sec-WebSocket-Key: ${value === undefined ? '(none)' : value.slice(0, 50)} is answered with 400`,
        { 'sec-websocket-key': value },
        malformed(400),
      ),
    ),
    ...[
      ...[
        '',
        ',',
        'chat,',
        ',chat',
        'chat,,mqtt',
        'chat, chat',
        'chat mqtt',
        'chat;v=1',
        '"chat"',
        'chat/1',
        'ch@t',
      ],
      ...['ch\xe4t', 'chat\tmqtt', 'a, b, c, a', '(chat)', '{chat}', 'chat=1'],
    ].map((value) =>
      no(
        `Sec-WebSocket-Protocol: ${JSON.stringify(value)} is answered with 400`,
        { 'sec-websocket-protocol': value },
        malformed(400),
      ),
    ),
    ...Object.entries<RequestParts>({
      'two equal Host headers': { lines: ['Host: chat.example'] },
      'two Host headers': { lines: ['Host: evil.test'] },
      'three Host headers': { lines: ['host: chat.example', 'HOST: chat.example'] },
      'two Origin headers': { lines: ['Origin: https://chat.example', 'Origin: https://evil.test'] },
      'two equal Origin headers': { lines: ['Origin: https://chat.example', 'origin: https://chat.example'] },
      'two Sec-WebSocket-Key headers': { lines: [`Sec-WebSocket-Key: ${OTHER_KEY}`] },
      'two equal Sec-WebSocket-Key headers': { lines: [`sec-websocket-key: ${KEY}`] },
      'two Sec-WebSocket-Version headers': { lines: ['Sec-WebSocket-Version: 8'] },
      'two equal Sec-WebSocket-Version headers': { lines: ['Sec-WebSocket-Version: 13'] },
      'two Sec-WebSocket-Protocol headers with one name in common': {
        lines: ['Sec-WebSocket-Protocol: chat, mqtt', 'Sec-WebSocket-Protocol: chat'],
      },
    }).map(([what, parts]) => one(`${what} are answered with 400`, parts, malformed(400))),
    {
      ...no('no Host is answered with 400', { host: undefined }, malformed(400)),
      expect: ({ malformedHttp }) => (malformedHttp ? malformed(400) : { status: 400 }),
    },
    {
      ...no('an empty Host is answered with 400', { host: '' }, malformed(400)),
      expect: ({ malformedHttp }) => (malformedHttp ? malformed(400) : { status: 400 }),
    },
    ...Object.entries<RequestParts>({
      'Upgrade: WEBSOCKET': { headers: { upgrade: 'WEBSOCKET' } },
      'Upgrade among others': { headers: { upgrade: 'h2c, websocket' } },
      'Connection: UPGRADE': { headers: { connection: 'UPGRADE' } },
      'Connection among others': { headers: { connection: 'keep-alive, Upgrade' } },
      'two Connection headers': { headers: { connection: 'keep-alive' }, lines: ['Connection: Upgrade'] },
      'two Upgrade headers': { lines: ['Upgrade: websocket'] },
      'white space around the version': { headers: { 'sec-websocket-version': ' \t13 \t' } },
      'header names in capitals': {
        headers: { 'SEC-WEBSOCKET-KEY': KEY, 'SEC-WEBSOCKET-VERSION': '13', UPGRADE: 'websocket' },
      },
      'an unknown extension': { headers: { 'sec-websocket-extensions': 'x-unheard-of; a=1' } },
      'an extension that cannot be read': { headers: { 'sec-websocket-extensions': ';;,=,"' } },
      'no Origin': {},
      'a header that is called like a property of every object': { lines: ['constructor: x', 'valueOf: y'] },
    }).map(
      ([what, parts]): HostileCase => ({
        row: 3,
        rfc: 'RFC 6455 §4.2.1',
        name: `a request with ${what} is let in`,
        send: [openWith(parts), text('hello')],
        expect: { status: 101, echoes: ['hello'] },
      }),
    ),
    {
      row: 3,
      rfc: 'RFC 6455 §4.2.2',
      name: 'subprotocols offered in two headers are one list',
      app: { options: { protocols: ['mqtt', 'chat'] } },
      send: [
        openWith({ lines: ['Sec-WebSocket-Protocol: chat', 'Sec-WebSocket-Protocol: mqtt'] }),
        text('hello'),
      ],
      expect: { status: 101, headers: { 'sec-websocket-protocol': 'mqtt' }, echoes: ['hello'] },
    },
    {
      row: 3,
      rfc: 'RFC 6455 §4.2.2',
      name: 'subprotocols are told apart by case: Chat is not chat',
      app: { options: { protocols: ['chat'], requireProtocol: true } },
      send: [upgrade({ headers: { 'sec-websocket-protocol': 'Chat, CHAT' } })],
      expect: refused(400, 1008, 'one of these subprotocols is needed: chat'),
      afterwards: 400,
    },
  ],
}

function no(name: string, headers: NonNullable<RequestParts['headers']>, expect: Outcome): HostileCase {
  return one(name, { headers }, expect)
}

function one(name: string, parts: RequestParts, expect: Outcome): HostileCase {
  return {
    row: 3,
    rfc: 'RFC 6455 §4.2.1',
    name,
    send: [upgrade(parts)],
    expect: { ...expect, notes: [] },
    app: NOTING,
  }
}
