import type { HostileCase, HostileChapter, Outcome } from './case.js'
import { malformed } from './outcomes.js'
import { KEY, open, text, upgrade } from './steps.js'

/** An HTTP parser that is the server's own says no, in its own words. */
const REFUSED_OR_CUT: Outcome = { refusedOrCut: true }
const REST = `Host: chat.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n`

/** What is wrong with a request before its headers say what it is (RFC 9112). */
export const requestLineCases: HostileChapter = {
  title: 'request lines',
  cases: [
    ...['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PURGE'].map((method) =>
      lines(3, 'RFC 6455 §4.2.1', `${method} is answered with 405 and Allow: GET`, upgrade({ method }), {
        ...malformed(405, { allow: 'GET' }),
      }),
    ),
    lines(3, 'RFC 6455 §4.2.1', 'HEAD is answered with 405 and Allow: GET', upgrade({ method: 'HEAD' }), {
      status: 405,
      headers: { allow: 'GET' },
    }),
    ...['get', 'Get', 'GETS', 'G\tT', 'CONNECT', 'PRI', '\x00GET', 'GE\x00T', '"GET"'].map((method) =>
      lines(
        3,
        'RFC 9110 §9.1',
        `the method ${JSON.stringify(method)} is refused, or the socket cut`,
        upgrade({ method }),
        REFUSED_OR_CUT,
      ),
    ),
    {
      ...lines(3, 'RFC 6455 §4.2.1', 'HTTP/1.0 is answered with 400', upgrade({ version: 'HTTP/1.0' }), {}),
      expect: ({ malformedHttp }) => (malformedHttp ? malformed(400) : REFUSED_OR_CUT),
    },
    ...[
      'HTTP/0.9',
      'HTTP/2.0',
      'HTTP/3',
      'HTTP/11',
      'HTTP/1.1.1',
      'http/1.1',
      'HTTQ/1.1',
      'HTTP/-1.1',
      'HTTP/1.\x00',
      '',
    ].map((version) =>
      lines(
        3,
        'RFC 9112 §2.3',
        `the version ${JSON.stringify(version)} is refused, or the socket cut`,
        upgrade({ version }),
        REFUSED_OR_CUT,
      ),
    ),
    ...Object.entries({
      'two spaces before the path': `GET  /raw HTTP/1.1\r\n${REST}\r\n`,
      'a space within the path': `GET /raw room HTTP/1.1\r\n${REST}\r\n`,
      'a NUL within the path': `GET /ra\x00w HTTP/1.1\r\n${REST}\r\n`,
      'no path': `GET HTTP/1.1\r\n${REST}\r\n`,
      'nothing but a path': `/raw\r\n${REST}\r\n`,
      'a carriage return within the line': `GET /raw\rX HTTP/1.1\r\n${REST}\r\n`,
      'line feeds alone': upgrade({ url: '/raw' }).replaceAll('\r\n', '\n'),
      'carriage returns alone': `${upgrade({ url: '/raw' }).replaceAll('\r\n', '\r')}\r\n\r\n`,
      'empty lines before the request': `\r\n\r\n${upgrade({ url: '/raw' })}`,
      'the absolute form': upgrade({ url: 'http://chat.example/raw' }),
      'the absolute form of another host': upgrade({ url: 'http://evil.test/raw' }),
      'the authority form': upgrade({ url: 'chat.example:80' }),
      'the asterisk form': upgrade({ url: '*' }),
      'a path without a slash': upgrade({ url: 'raw' }),
      'two slashes before the path': upgrade({ url: '//evil.test/raw' }),
      'a path of dots': upgrade({ url: '/../../raw/./..' }),
      'a path that is not percent-encoded right': upgrade({ url: '/raw/%zz%c0%af%' }),
      'an encoded NUL': upgrade({ url: '/raw/%00' }),
      'bytes above 7f in the path': upgrade({ url: '/ra\xe9w' }),
      'a fragment': upgrade({ url: '/raw#there' }),
      'a query of question marks': upgrade({ url: `/raw${'?'.repeat(1_000)}` }),
    }).map(([what, bytes]) =>
      lines(3, 'RFC 9112 §3', `a request with ${what} is let in or refused, and hurts nobody`, bytes, {
        anyAnswer: true,
      }),
    ),
    ...Object.entries({
      'a header without a colon': 'X-Header',
      'a header without a name': ': value',
      'a header whose name has a NUL': 'X-\x00Header: value',
      'a header whose value has a NUL': 'X-Header: va\x00lue',
      'a header whose name has a space': 'X Header: value',
      'a space before the colon': 'X-Header : value',
      'a header whose name has a parenthesis': 'X(Header): value',
      'a header whose name is not ASCII': 'X-H\xe9ader: value',
      'a header whose value has a carriage return': 'X-Header: va\rlue',
      'a header whose value has an escape': 'X-Header: \x1b[2J',
      'a header that is folded': 'X-Header: one\r\n two',
      'a header that is folded with a tab': 'X-Header: one\r\n\ttwo',
      'an empty header': 'X-Header:',
      'a header of tabs': 'X-Header:\t\t\tvalue\t\t',
      'a length': 'Content-Length: 5',
      'two lengths': 'Content-Length: 5\r\nContent-Length: 6',
      'a length that is negative': 'Content-Length: -1',
      'a length that is huge': 'Content-Length: 99999999999999999999',
      'a length and chunks': 'Content-Length: 5\r\nTransfer-Encoding: chunked',
      chunks: 'Transfer-Encoding: chunked',
      'chunks of chunks': 'Transfer-Encoding: chunked, chunked',
      'an expectation': 'Expect: 100-continue',
      'another expectation': 'Expect: a-miracle',
      'a header of a prototype': '__proto__: polluted\r\nconstructor: polluted\r\nhasOwnProperty: polluted',
      'trailing white space after the colon': 'Trailer:     ',
    }).map(([what, line]) =>
      lines(
        3,
        'RFC 9112 §5',
        `a request with ${what} is let in or refused, and hurts nobody`,
        upgrade({ lines: [line] }),
        { anyAnswer: true },
      ),
    ),
    ...Object.entries({
      'two thousand headers': Array.from({ length: 2_000 }, (_, i) => `X-Header-${i}: ${i}`),
      'two thousand headers of one name': Array.from({ length: 2_000 }, () => 'X-Header: value'),
      'a header of 100 KB': [`X-Header: ${'x'.repeat(100_000)}`],
      'a header whose name has 100 KB': [`X-${'x'.repeat(100_000)}: value`],
      'a cookie of 100 KB': [`Cookie: ${'a=b; '.repeat(20_000)}`],
    }).map(([what, further]) =>
      lines(2, 'RFC 6585 §5', `${what} are let in or refused`, upgrade({ lines: further }), {
        anyAnswer: true,
      }),
    ),
    ...[100_000, 1_000_000].map((length) =>
      lines(
        2,
        'RFC 9110 §15.5.15',
        `a url of ${length} bytes is let in or refused`,
        upgrade({ url: `/raw/${'x'.repeat(length)}` }),
        { anyAnswer: true },
      ),
    ),
    {
      row: 3,
      rfc: 'RFC 9112 §2.2',
      name: 'bytes that are no HTTP at all are refused, or the socket cut',
      send: [Buffer.from(Array.from({ length: 4_096 }, (_, i) => (i * 167 + 13) % 256)), '\r\n\r\n'],
      expect: REFUSED_OR_CUT,
    },
    {
      row: 3,
      rfc: 'RFC 8446 §4.1.2',
      name: 'a TLS greeting on a plain port is refused, or the socket cut',
      send: [Buffer.from('1603010200010001fc0303', 'hex'), Buffer.alloc(512, 7), '\r\n\r\n'],
      expect: REFUSED_OR_CUT,
    },
    {
      row: 3,
      rfc: 'RFC 6455 §4.2.1',
      name: 'frames without a handshake are refused, or the socket cut',
      send: [text('hello'), text('is anybody there?'), '\r\n\r\n'],
      expect: REFUSED_OR_CUT,
    },
    {
      row: 3,
      rfc: 'RFC 9112 §2.2',
      name: 'a request in bytes that come one by one is a request',
      send: [
        async ({ client }) => {
          for (const byte of upgrade()) {
            client.write(byte)
            await new Promise(setImmediate)
          }
        },
        ({ client }) => client.answer,
        text('hello'),
      ],
      expect: ({ malformedHttp }) => (malformedHttp ? { status: 101, echoes: ['hello'] } : REFUSED_OR_CUT),
    },
    {
      row: 3,
      rfc: 'RFC 6455 §4.2.2',
      name: 'the request that is right is let in',
      send: [open, text('hello')],
      expect: {
        status: 101,
        headers: { 'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' },
        echoes: ['hello'],
      },
    },
  ],
}

function lines(row: number, rfc: string, name: string, bytes: string, expect: Outcome): HostileCase {
  return { row, rfc, name, send: [bytes], expect }
}
