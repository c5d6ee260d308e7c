import { strict as assert } from 'node:assert'
import type { Behaviour } from '../../behaviour.js'
import type { ConnectOptions } from '../../peer.js'
import { assertAlive, echo, refusalOf } from '../support.js'

type Headers = Readonly<Record<string, string | undefined>>

/** Upgrade requests that are none (RFC 6455 §4.2.1): answered before routing, at no cost to middleware. */
export const malformed: readonly Behaviour[] = [
  ...['POST', 'PUT', 'DELETE'].map((method) =>
    refused(`an upgrade with ${method} is answered with 405 and Allow: GET`, { method }, 405, {
      allow: 'GET',
    }),
  ),
  withHeaders(
    'an upgrade to another protocol is answered with 426 and Upgrade: websocket',
    { upgrade: 'h2c' },
    426,
    {
      upgrade: 'websocket',
    },
  ),
  ...['8', '12', '14', '013', '+13', '0x0d', '13.0', '13, 8'].map((version) =>
    withHeaders(
      `Sec-WebSocket-Version '${version}' is answered with 426 and the version spoken here`,
      { 'sec-websocket-version': version },
      426,
      { 'sec-websocket-version': '13' },
    ),
  ),
  withHeaders(
    'a missing Sec-WebSocket-Version is answered with 426 and the version spoken here',
    { 'sec-websocket-version': undefined },
    426,
    { 'sec-websocket-version': '13' },
  ),
  withHeaders('a missing Sec-WebSocket-Key is answered with 400', { 'sec-websocket-key': undefined }, 400),
  ...[
    'short',
    'dGhlIHNhbXBsZSBub25jZQ',
    'dGhlIHNhbXBsZSBub25jZR==',
    'dGhlIHNhbXBsZSBub25jZQ=!',
    'dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ==',
  ].map((key) =>
    withHeaders(
      `the key '${key}', no 16 bytes in base64, is answered with 400`,
      { 'sec-websocket-key': key },
      400,
    ),
  ),
  ...['chat, chat', 'chat,,mqtt', 'chat mqtt', 'chat;v=1', '"chat"'].map((list) =>
    withHeaders(
      `the subprotocol list '${list}' is answered with 400`,
      { 'sec-websocket-protocol': list },
      400,
    ),
  ),
  withHeaders('a missing Host is answered with 400', { host: undefined }, 400),
  { ...refused('HTTP/1.0 is answered with 400', { httpVersion: '1.0' }, 400), needs: ['malformedHttp'] },
  withHeaders('two of Host are answered with 400', { host: 'chat.example', Host: 'evil.test' }, 400),
  withHeaders(
    'two of Origin are answered with 400',
    { origin: 'https://chat.example', Origin: 'https://evil.test' },
    400,
  ),
  withHeaders(
    'two of Sec-WebSocket-Key are answered with 400',
    { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==' },
    400,
  ),
  withHeaders(
    'two of Sec-WebSocket-Version are answered with 400',
    { 'sec-websocket-version': '13', 'Sec-WebSocket-Version': '13' },
    400,
  ),
  withHeaders(
    'two equal Host headers are two, and answered with 400',
    { host: 'chat.example', Host: 'chat.example' },
    400,
  ),
  ...Object.entries<ConnectOptions>({
    'two thousand headers': {
      headers: Object.fromEntries(range(2_000, (i) => [`x-header-${i}`, String(i)])),
    },
    'a url of 100 KB': { path: `/${'x'.repeat(100_000)}` },
    'a list of two thousand subprotocols': { protocols: range(2_000, (i) => `p${i}`) },
    'a subprotocol list of commas and spaces': {
      headers: { 'sec-websocket-protocol': `a${' ,'.repeat(1_500)} a` },
    },
    'an extension with a thousand parameters': {
      headers: { 'sec-websocket-extensions': `permessage-deflate${'; a="b"'.repeat(1_000)}` },
    },
  }).map(([what, request]) => outsized(what, request)),
]

function withHeaders(name: string, headers: Headers, status: number, expected: Headers = {}): Behaviour {
  return refused(name, { headers }, status, expected)
}

function refused(name: string, request: ConnectOptions, status: number, expected: Headers = {}): Behaviour {
  return {
    name,
    async run(stage) {
      const app = stage.app()
      let entered = 0
      app
        .use((_conn, next) => {
          entered += 1
          return next()
        })
        .message(echo)
      const record = stage.record(app)
      const served = await stage.serve(app)
      const answer = refusalOf(await served.answer(request))
      assert.equal(answer.status, status)
      for (const [header, value] of Object.entries(expected)) assert.equal(answer.headers[header], value)
      assert.equal(entered, 0)
      assert.equal(app.stats().totals.connections, 0)
      assert.deepEqual(record.all, [])
      // The server is none the worse for it.
      await assertAlive(await served.connect())
    },
  }
}

/** What no reader may take longer for than its size is worth, however it answers. */
function outsized(what: string, request: ConnectOptions): Behaviour {
  return {
    name: `an upgrade with ${what} is answered in no time, by 101 or a refusal`,
    async run(stage) {
      const app = stage.app()
      app.message(echo)
      const served = await stage.serve(app)
      const begun = performance.now()
      // A server that stops reading resets the socket, and that may overtake its answer: a refusal all the same.
      const answer = await served.answer(request).catch(() => undefined)
      assert.ok(performance.now() - begun < 1_000, 'it takes less than a second')
      const most = stage.supports.malformedHttp ? 499 : 599
      if (answer?.upgraded === false)
        assert.ok(answer.status >= 400 && answer.status <= most, String(answer.status))
      await assertAlive(await served.connect())
    },
  }
}

function range<Item>(count: number, item: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => item(index))
}
