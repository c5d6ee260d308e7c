import { STATUS_CODES } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { httpRefusal, Rejection, type RejectionInit, reasonPhrase } from '../src/rejection.js'
import { anyText } from './arbitrary.js'

describe('a rejection', () => {
  it('takes its close code from its status where it names none', () => {
    expect(new Rejection({ status: 401 }).code).toBe(4010)
    expect(new Rejection({ status: 401, code: 4001 }).code).toBe(4001)
  })

  it('is an error that says what it refused with', () => {
    const rejection = new Rejection({ status: 404 })
    expect(rejection).toBeInstanceOf(Error)
    expect(rejection.name).toBe('Rejection')
    expect(rejection.message).toBe('refused with 404')
    expect(rejection.reason).toBe('')
    expect(new Rejection({ status: 404, reason: 'no such room' }).message).toBe('no such room')
  })

  it('has its reason whole for HTTP, and cut for a close frame', () => {
    const rejection = new Rejection({ status: 403, reason: '€'.repeat(100) })
    expect(rejection.reason).toBe('€'.repeat(100))
    expect(rejection.closeReason).toBe('€'.repeat(41))
  })

  it.each([300, 599])('may have the status %d', (status) => {
    expect(new Rejection({ status }).status).toBe(status)
  })

  it.each([0, 101, 200, 299, 600, 404.5, Number.NaN])('may not have the status %d', (status) => {
    expect(() => new Rejection({ status })).toThrow(
      expect.objectContaining({
        code: 'LINKSPAN_REJECTION',
        message: `status ${status} refuses nothing: give an HTTP status from 300 to 599.`,
      }),
    )
  })

  it.each<[unknown, string]>([
    ['403 and what a client wrote', 'string'],
    [['403'], 'object'],
    [undefined, 'undefined'],
  ])('may not have the status %o, of which the message tells the type alone', (status, type) => {
    expect(() => new Rejection({ status: status as number })).toThrow(
      expect.objectContaining({
        code: 'LINKSPAN_REJECTION',
        message: `status of type ${type} refuses nothing: give an HTTP status from 300 to 599.`,
      }),
    )
  })

  it('may not have a close code that cannot be sent', () => {
    expect(() => new Rejection({ status: 403, code: 1006 })).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_CLOSE_CODE' }),
    )
  })

  it('writes its headers in lower case', () => {
    const { headers } = new Rejection({ status: 302, headers: { Location: '/login', 'X-Why': 'a\tb' } })
    expect(headers).toEqual({ location: '/login', 'x-why': 'a\tb' })
  })

  it('says how long to wait in whole seconds', () => {
    expect(new Rejection({ status: 503, retryAfter: 30 }).headers).toEqual({ 'retry-after': '30' })
    expect(new Rejection({ status: 503, retryAfter: 0 }).headers).toEqual({ 'retry-after': '0' })
  })

  it.each([-1, 1.5, Number.NaN, Infinity])('may not ask to wait for %d seconds', (retryAfter) => {
    expect(() => new Rejection({ status: 503, retryAfter })).toThrow(
      expect.objectContaining({
        code: 'LINKSPAN_REJECTION',
        message: 'retryAfter takes whole seconds, 0 or more.',
      }),
    )
  })

  it.each([
    ['a line break in a value', { 'x-a': 'a\r\nset-cookie: b' }],
    ['a lone line feed in a value', { 'x-a': 'a\nb' }],
    ['a NUL in a value', { 'x-a': 'a\0' }],
    ['a DEL in a value', { 'x-a': 'a\x7f' }],
    ['a space in a name', { 'x a': 'b' }],
    ['a colon in a name', { 'x:a': 'b' }],
    ['a line break in a name', { 'x\r\ny': 'b' }],
    ['no name', { '': 'b' }],
  ])('may not have a header with %s', (_, headers) => {
    expect(() => new Rejection({ status: 403, headers })).toThrow(
      expect.objectContaining({
        code: 'LINKSPAN_REJECTION',
        message:
          'a header has a character that HTTP forbids: names are tokens, values are Latin-1 without line breaks.',
      }),
    )
  })

  it('may not have a header with a character that no header can carry', () => {
    expect(() => new Rejection({ status: 403, headers: { 'x-a': '€' } })).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_REJECTION' }),
    )
  })

  it('never lets a line break out, whatever it is given', () => {
    fc.assert(
      fc.property(anyText(), anyText(), (name, value) => {
        let headers: Readonly<Record<string, string>> = {}
        try {
          headers = new Rejection({ status: 403, headers: { [name]: value } }).headers
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'LINKSPAN_REJECTION' })
        }
        for (const [key, one] of Object.entries(headers)) expect(`${key}: ${one}`).not.toMatch(/[\r\n\0]/)
      }),
    )
  })
})

describe('a refusal over HTTP', () => {
  const body = (init: RejectionInit): string => httpRefusal(new Rejection(init)).body

  it('is a problem document, byte for byte', () => {
    expect(body({ status: 404 })).toBe('{"type":"about:blank","title":"Not Found","status":404,"code":1008}')
    expect(body({ status: 402, code: 4402, reason: 'the "trial" has ended' })).toBe(
      '{"type":"about:blank","title":"Payment Required","status":402,"detail":"the \\"trial\\" has ended","code":4402}',
    )
  })

  it('has its own headers and always the same content type', () => {
    const rejection = new Rejection({
      status: 429,
      retryAfter: 2,
      headers: { 'X-Limit': '10', 'Content-Type': 'text/html' },
    })
    expect(httpRefusal(rejection)).toMatchObject({
      status: 429,
      headers: { 'x-limit': '10', 'retry-after': '2', 'content-type': 'application/problem+json' },
    })
    expect(Object.keys(httpRefusal(rejection).headers)).toEqual(['x-limit', 'content-type', 'retry-after'])
  })

  it('titles every status that Node knows as Node does', () => {
    const known = Object.entries(STATUS_CODES).filter(([status]) => Number(status) >= 300)
    const ours = known.filter(
      ([status]) => !/^(Redirect|Client Error|Server Error)$/.test(reasonPhrase(Number(status))),
    )
    for (const [status, phrase] of ours)
      expect([status, reasonPhrase(Number(status))]).toEqual([status, phrase])
    expect(ours.length).toBeGreaterThanOrEqual(35)
  })

  it.each([
    [300, 'Multiple Choices'],
    [301, 'Moved Permanently'],
    [302, 'Found'],
    [303, 'See Other'],
    [307, 'Temporary Redirect'],
    [308, 'Permanent Redirect'],
    [400, 'Bad Request'],
    [401, 'Unauthorized'],
    [402, 'Payment Required'],
    [403, 'Forbidden'],
    [404, 'Not Found'],
    [405, 'Method Not Allowed'],
    [406, 'Not Acceptable'],
    [408, 'Request Timeout'],
    [409, 'Conflict'],
    [410, 'Gone'],
    [413, 'Payload Too Large'],
    [415, 'Unsupported Media Type'],
    [417, 'Expectation Failed'],
    [418, "I'm a Teapot"],
    [421, 'Misdirected Request'],
    [422, 'Unprocessable Entity'],
    [425, 'Too Early'],
    [426, 'Upgrade Required'],
    [428, 'Precondition Required'],
    [429, 'Too Many Requests'],
    [431, 'Request Header Fields Too Large'],
    [451, 'Unavailable For Legal Reasons'],
    [500, 'Internal Server Error'],
    [501, 'Not Implemented'],
    [502, 'Bad Gateway'],
    [503, 'Service Unavailable'],
    [504, 'Gateway Timeout'],
    [507, 'Insufficient Storage'],
    [511, 'Network Authentication Required'],
  ])('titles %d "%s"', (status, title) => {
    expect(reasonPhrase(status)).toBe(title)
    expect(JSON.parse(body({ status }))).toMatchObject({ title, status })
  })

  it.each([
    [305, 'Redirect'],
    [499, 'Client Error'],
    [599, 'Server Error'],
  ])('titles %d, which has no name, "%s"', (status, title) => {
    expect(reasonPhrase(status)).toBe(title)
  })
})
