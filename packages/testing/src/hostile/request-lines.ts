import type { HostileCase, HostileChapter } from './case.js'
import { malformed, parsed } from './outcomes.js'
import { open, text, upgrade } from './steps.js'

/** What is wrong with a request before its target and its headers say what it is (RFC 9112 §3). */
export const requestLineCases: HostileChapter = {
  title: 'request lines',
  cases: [
    ...['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PURGE'].map((method) =>
      line('RFC 6455 §4.2.1', `${method} is answered with 405 and Allow: GET`, upgrade({ method }), {
        ...malformed(405, { allow: 'GET' }),
      }),
    ),
    line('RFC 6455 §4.2.1', 'HEAD is answered with 405 and Allow: GET', upgrade({ method: 'HEAD' }), {
      status: 405,
      headers: { allow: 'GET' },
    }),
    // Methods are told apart by case. A parser that knows no list of them leaves them to us, and gets our 405.
    ...['get', 'Get', 'GETS', 'PRI', '"GET"'].map((method) =>
      line(
        'RFC 9110 §9.1',
        `the method ${JSON.stringify(method)} is answered with 400, or with 405 where no parser knows methods`,
        upgrade({ method }),
        parsed(400, 405),
      ),
    ),
    ...['G\tT', '\x00GET', 'GE\x00T'].map((method) =>
      line(
        'RFC 9110 §5.6.2',
        `the method ${JSON.stringify(method)}, no token, is answered with 400`,
        upgrade({ method }),
        parsed(400, 505),
      ),
    ),
    line(
      'RFC 9110 §9.3.6',
      'CONNECT is no tunnel here: Node.js cuts the socket, another server answers with 405',
      upgrade({ method: 'CONNECT' }),
      parsed('cut', 405),
    ),
    // Node.js reads 0.9, 1.0 and 2.0, and leaves the decision to us.
    ...['HTTP/0.9', 'HTTP/1.0', 'HTTP/2.0'].map((version) =>
      line('RFC 6455 §4.2.1', `${version} is answered with 400`, upgrade({ version }), ({ malformedHttp }) =>
        malformedHttp ? malformed(400) : { answered: [400, 505] },
      ),
    ),
    ...['HTTP/3', 'HTTP/11', 'HTTP/1.1.1', 'http/1.1', 'HTTQ/1.1', 'HTTP/-1.1', 'HTTP/1.\x00', ''].map(
      (version) =>
        line(
          'RFC 9112 §2.3',
          `the version ${JSON.stringify(version)} is answered with 400`,
          upgrade({ version }),
          parsed(400, 505),
        ),
    ),
    line(
      'RFC 9112 §2.2',
      'bytes that are no HTTP at all are answered with 400',
      [Buffer.from(Array.from({ length: 4_096 }, (_, i) => (i * 167 + 13) % 256)), '\r\n\r\n'],
      parsed(400, 505),
    ),
    line(
      'RFC 8446 §4.1.2',
      'a TLS greeting on a plain port is answered with 400',
      [Buffer.from('1603010200010001fc0303', 'hex'), Buffer.alloc(512, 7), '\r\n\r\n'],
      parsed(400, 505),
    ),
    line(
      'RFC 6455 §4.2.1',
      'frames without a handshake are answered with 400',
      [text('hello'), text('is anybody there?'), '\r\n\r\n'],
      parsed(400, 505),
    ),
    line(
      'RFC 9112 §2.2',
      'a request in bytes that come one by one is a request',
      [
        async ({ client }) => {
          for (const byte of upgrade()) {
            client.write(byte)
            await new Promise(setImmediate)
          }
        },
      ],
      // A parser of a server's own may want the version in one piece with what is before it.
      parsed(101, 505),
    ),
    line('RFC 6455 §4.2.2', 'the request that is right is let in', [open, text('hello')], {
      status: 101,
      headers: { 'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' },
      echoes: ['hello'],
    }),
  ],
}

function line(
  rfc: string,
  name: string,
  sent: string | HostileCase['send'],
  expect: HostileCase['expect'],
): HostileCase {
  return { row: 3, rfc, name, send: typeof sent === 'string' ? [sent] : sent, expect }
}
