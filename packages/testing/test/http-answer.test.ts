import { expect, it } from 'vitest'
import { type HttpAnswer, HttpAnswerParser } from '../src/http-answer.js'

/** Parses a response byte by byte, so that every place where it could be cut is one. */
function parse(text: string, ended = false): HttpAnswer | undefined {
  const parser = new HttpAnswerParser()
  let answer: HttpAnswer | undefined
  for (const byte of Buffer.from(text)) answer = parser.push(Uint8Array.of(byte))
  return answer ?? (ended ? parser.push(new Uint8Array(0), true) : undefined)
}

it('reads a 101, and keeps what comes behind it', () => {
  const answer = new HttpAnswerParser().push(
    Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x00', 'latin1'),
  )
  expect(answer).toEqual({
    status: 101,
    headers: { upgrade: 'websocket' },
    body: '',
    rest: Uint8Array.of(0x81, 0),
  })
})

it('reads a body by its length, in bytes', () => {
  const answer = parse('HTTP/1.1 401 Unauthorized\r\nContent-Length: 5\r\n\r\ncafé')
  expect(answer).toMatchObject({ status: 401, headers: { 'content-length': '5' }, body: 'café' })
})

it('reads a body in chunks, with extensions and a trailer', () => {
  const text =
    'HTTP/1.1 503 \r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0a\r\n0123456789\r\n0\r\n\r\n'
  expect(parse(text)?.body).toBe('abc0123456789')
})

it('reads a body without a length up to the end of the socket', () => {
  const text = 'HTTP/1.1 404 Not Found\r\n\r\nnothing here'
  expect(parse(text)).toBeUndefined()
  expect(parse(text, true)?.body).toBe('nothing here')
})

it('answers nothing for a response that is cut off', () => {
  expect(parse('HTTP/1.1 404 Not', true)).toBeUndefined()
  expect(parse('HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nabc', true)).toBeUndefined()
  expect(parse('HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc', true)).toBeUndefined()
})

it('joins repeated headers, and keeps cookies apart', () => {
  const answer = parse(
    'HTTP/1.1 403 Forbidden\r\nVary: a\r\nvary:  b \r\nSet-Cookie: x=1\r\nSet-Cookie: y=2\r\nContent-Length: 0\r\n\r\n',
  )
  expect(answer?.headers).toEqual({ vary: 'a, b', 'set-cookie': 'x=1\ny=2', 'content-length': '0' })
})

it('passes over interim responses', () => {
  expect(
    parse('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')?.status,
  ).toBe(400)
})

it.each([
  ['a status line of another protocol', 'SSH-2.0-server\r\n\r\n'],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\n'],
  ['a status that is no number', 'HTTP/1.1 abc\r\n\r\n'],
  ['a header without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'],
  ['a header name with a space', 'HTTP/1.1 200 OK\r\na b: c\r\n\r\n'],
  ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
  ['a chunk size that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
])('throws on %s', (_, text) => {
  expect(() => new HttpAnswerParser().push(Buffer.from(text))).toThrow(/^this is no /)
})

it('throws on a head that does not end', () => {
  expect(() => new HttpAnswerParser().push(Buffer.alloc(1_048_577, 'a'))).toThrow(
    'the head of the answer does not end',
  )
})
