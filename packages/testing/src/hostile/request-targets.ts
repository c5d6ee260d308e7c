import type { Answered, HostileCase, HostileChapter } from './case.js'
import { parsed } from './outcomes.js'
import { KEY, upgrade } from './steps.js'

const REST = `Host: chat.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n`

/** What a request may name as its target, and how it may be written down (RFC 9112 §2.2, §3.2). */
export const requestTargetCases: HostileChapter = {
  title: 'request targets',
  cases: [
    ...Object.entries({
      'a space within the path': `GET /raw room HTTP/1.1\r\n${REST}\r\n`,
      'a NUL within the path': `GET /ra\x00w HTTP/1.1\r\n${REST}\r\n`,
      'no path': `GET HTTP/1.1\r\n${REST}\r\n`,
      'nothing but a path': `/raw\r\n${REST}\r\n`,
      'a carriage return within the line': `GET /raw\rX HTTP/1.1\r\n${REST}\r\n`,
      'line feeds alone': upgrade({ url: '/raw' }).replaceAll('\r\n', '\n'),
      'carriage returns alone': `${upgrade({ url: '/raw' }).replaceAll('\r\n', '\r')}\r\n\r\n`,
      'the authority form': upgrade({ url: 'chat.example:80' }),
      'a path without a slash': upgrade({ url: 'raw' }),
    }).map(([what, bytes]) => refused(what, bytes, 505)),
    // RFC 3986 §2 has no such byte in a URI; one parser takes it nevertheless, as UTF-8.
    refused('bytes above 7f in the path', upgrade({ url: '/ra\xe9w' }), 101),
    letIn('two spaces before the path', `GET  /raw HTTP/1.1\r\n${REST}\r\n`, '/raw', 505),
    letIn('empty lines before the request', `\r\n\r\n${upgrade({ url: '/raw' })}`, '/raw', 'silence'),
    ...['http://chat.example/raw', 'http://evil.test/raw'].map((url) =>
      letIn(`the absolute form ${url}`, upgrade({ url }), url, 505),
    ),
    ...Object.entries({
      'two slashes before the path': '//evil.test/raw',
      'a path of dots': '/../../raw/./..',
      'an encoded NUL': '/raw/%00',
      'a fragment': '/raw#there',
      'a query of question marks': `/raw${'?'.repeat(1_000)}`,
    }).map(([what, url]) => letIn(what, upgrade({ url }), url)),
    target(
      'the asterisk form is let in, or not found by the router of a framework',
      upgrade({ url: '*' }),
      (supports) => ({ ...parsed([101, 404], 505)(supports), url: '*' }),
    ),
    target(
      'a path that is not percent-encoded right is let in as it is, or a bad request to the router of a framework',
      upgrade({ url: '/raw/%zz%c0%af%' }),
      { answered: [101, 400], url: '/raw/%zz%c0%af%' },
    ),
  ],
}

function target(name: string, bytes: string, expect: HostileCase['expect']): HostileCase {
  return { row: 3, rfc: 'RFC 9112 §3.2', name, send: [bytes], expect }
}

function refused(what: string, bytes: string, ...own: readonly Answered[]): HostileCase {
  return target(`a request with ${what} is answered with 400`, bytes, parsed(400, ...own))
}

function letIn(what: string, bytes: string, url: string, ...own: readonly Answered[]): HostileCase {
  return target(`a request with ${what} is let in, and its url is as sent`, bytes, (supports) => ({
    ...parsed(101, ...own)(supports),
    url,
  }))
}
