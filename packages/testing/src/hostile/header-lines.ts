import type { Answered, HostileCase, HostileChapter } from './case.js'
import { parsed } from './outcomes.js'
import { upgrade } from './steps.js'

/** How header lines may be written, how many there may be, and how long (RFC 9112 §5, RFC 6585 §5). */
export const headerLineCases: HostileChapter = {
  title: 'header lines',
  cases: [
    // A parser of a server's own may wait for the rest of what it cannot read, and say nothing until its deadline.
    ...Object.entries({
      'a header without a colon': 'X-Header',
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
    }).map(([what, line]) => one(what, line, 400, 'silence')),
    one('a header without a name', ': value', 400, 101),
    one('a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked', 400),
    // The body of an upgrade request is nobody's; a parser may not look at what announces one.
    ...Object.entries({
      'two lengths': 'Content-Length: 5\r\nContent-Length: 6',
      'a length that is negative': 'Content-Length: -1',
      'a length that is huge': 'Content-Length: 99999999999999999999',
      'chunks of chunks': 'Transfer-Encoding: chunked, chunked',
    }).map(([what, line]) => one(what, line, 400, 101)),
    ...Object.entries({
      'a header without a value': 'X-Header:',
      'a header of tabs': 'X-Header:\t\t\tvalue\t\t',
      'trailing white space after the colon': 'Trailer:     ',
      'a length': 'Content-Length: 5',
      chunks: 'Transfer-Encoding: chunked',
      'an expectation': 'Expect: 100-continue',
      'another expectation': 'Expect: a-miracle',
      'headers called like properties of every object': 'constructor: x\r\nvalueOf: y\r\ntoString: z',
    }).map(([what, line]) => one(what, line, 101)),
    one(
      'headers of a prototype',
      '__proto__: polluted\r\nconstructor: polluted\r\nhasOwnProperty: polluted',
      101,
      'silence',
    ),
    ...Object.entries({
      'two thousand headers': Array.from({ length: 2_000 }, (_, i) => `X-Header-${i}: ${i}`),
      'two thousand headers of one name': Array.from({ length: 2_000 }, () => 'X-Header: value'),
    }).map(([what, further]) => much(`${what} are answered with 431`, upgrade({ lines: further }))),
    ...Object.entries({
      'a header of 100 KB': `X-Header: ${'x'.repeat(100_000)}`,
      'a header whose name has 100 KB': `X-${'x'.repeat(100_000)}: value`,
      'a cookie of 100 KB': `Cookie: ${'a=b; '.repeat(20_000)}`,
    }).map(([what, line]) => much(`${what} is answered with 431`, upgrade({ lines: [line] }), 101)),
    much('a url of 100 KB is answered with 431', upgrade({ url: `/raw/${'x'.repeat(100_000)}` }), 101),
    much('a url of a megabyte is answered with 431', upgrade({ url: `/raw/${'x'.repeat(1_000_000)}` }), 505),
  ],
}

function one(what: string, line: string, answered: Answered, ...own: readonly Answered[]): HostileCase {
  return {
    row: 3,
    rfc: 'RFC 9112 §5',
    name: `a request with ${what} is ${answered === 101 ? 'let in' : `answered with ${answered}`}`,
    send: [upgrade({ lines: [line] })],
    expect: parsed(answered, ...own),
  }
}

/** The reset that unread bytes cause may overtake the answer (RFC 9112 §9.6). A server may have more room, too. */
function much(name: string, bytes: string, ...own: readonly Answered[]): HostileCase {
  return { row: 2, rfc: 'RFC 6585 §5', name, send: [bytes], expect: parsed([431, 'cut'], ...own) }
}
