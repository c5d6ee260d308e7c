import { describe, expect, it, vi } from 'vitest'
import { type OriginPolicy, originCheck } from '../src/origin.js'
import { HandshakeRequest } from '../src/request.js'

function request(origin: string | undefined, host: string | undefined = 'chat.example'): HandshakeRequest {
  return new HandshakeRequest({ url: '/', headers: { origin, host }, address: '192.0.2.7' })
}

describe("the origin 'same'", () => {
  const check = originCheck('same')

  it.each([
    ['https://chat.example', 'chat.example'],
    ['http://chat.example', 'chat.example'],
    ['https://chat.example:8443', 'chat.example:8443'],
    ['https://chat.example', 'chat.example:443'],
    ['http://chat.example', 'chat.example:80'],
    ['https://chat.example', 'CHAT.example'],
    ['http://localhost:3000', 'localhost:3000'],
    ['http://[::1]:3000', '[::1]:3000'],
    ['http://127.0.0.1', '127.0.0.1'],
    ['https://xn--mnchen-3ya.example', 'xn--mnchen-3ya.example'],
  ])('lets %s in at %s', (origin, host) => {
    expect(check(request(origin, host))).toBe(true)
  })

  it.each([
    ['https://evil.example', 'chat.example'],
    ['https://chat.example.evil.test', 'chat.example'],
    ['https://evil-chat.example', 'chat.example'],
    ['https://sub.chat.example', 'chat.example'],
    ['https://chat.example:8443', 'chat.example'],
    ['https://chat.example', 'chat.example:8443'],
    ['https://chat.example', 'chat.example:80'],
    ['http://chat.example', 'chat.example:443'],
    ['null', 'chat.example'],
    ['', 'chat.example'],
    ['chat.example', 'chat.example'],
    ['//chat.example', 'chat.example'],
    ['ftp://chat.example', 'chat.example'],
    ['chrome-extension://chat.example', 'chat.example'],
    ['https://', 'chat.example'],
    ['https://chat.example', ''],
    ['https://evil test', 'a b'],
    ['https://chat.example@evil.test', 'chat.example'],
  ])('keeps %j out at %j', (origin, host) => {
    expect(check(request(origin, host))).toBe(false)
  })

  it('lets in who sends no origin: that is no browser', () => {
    expect(check(request(undefined))).toBe(true)
  })

  it('keeps out an origin that has no host to be compared with', () => {
    expect(check(new HandshakeRequest({ url: '/', headers: { origin: 'https://a' }, address: '' }))).toBe(
      false,
    )
  })
})

describe("the origin '*'", () => {
  it.each([undefined, 'https://evil.example', 'null', ''])('lets %s in', (origin) => {
    expect(originCheck('*')(request(origin))).toBe(true)
  })
})

describe('a list of origins', () => {
  const check = originCheck([
    'https://app.example',
    'HTTPS://Upper.Example',
    'http://localhost:3000',
    'chrome-extension://abcdef',
    'capacitor://localhost',
  ])

  it.each([
    'https://app.example',
    'https://upper.example',
    'http://localhost:3000',
    'chrome-extension://abcdef',
    'capacitor://localhost',
    undefined,
  ])('lets %s in', (origin) => {
    expect(check(request(origin))).toBe(true)
  })

  it.each([
    'https://app.example.evil.test',
    'https://evil-app.example',
    'https://sub.app.example',
    'http://app.example',
    'https://app.example:8443',
    'https://app.example/',
    'https://app.example:443',
    'chrome-extension://other',
    'null',
    '',
  ])('keeps %j out', (origin) => {
    expect(check(request(origin))).toBe(false)
  })

  it('that is empty lets in only who is no browser', () => {
    expect(originCheck([])(request('https://app.example'))).toBe(false)
    expect(originCheck([])(request(undefined))).toBe(true)
  })

  it.each([
    'https://app.example/',
    'https://app.example/path',
    'https://app.example:443',
    'http://app.example:80',
    'https://user@app.example',
    'app.example',
    'null',
    '*',
    '',
    'https://*.example',
    'https://',
    'mailto:ada@example',
  ])('takes no entry like %j', (entry) => {
    expect(() => originCheck([entry])).toThrow(
      expect.objectContaining({
        code: 'LINKSPAN_OPTION',
        message: expect.stringContaining(`'${entry}' is no origin.`) as string,
      }),
    )
  })
})

describe('an origin function', () => {
  it('is asked with the origin and the request, and decides', () => {
    const decide = vi.fn((origin: string | undefined) => origin === 'https://app.example')
    const check = originCheck(decide)
    const [good, bad, none] = [request('https://app.example'), request('null'), request(undefined)]
    expect([check(good), check(bad), check(none)]).toEqual([true, false, false])
    expect(decide.mock.calls).toEqual([
      ['https://app.example', good],
      ['null', bad],
      [undefined, none],
    ])
  })

  it.each([
    ['a promise', () => Promise.resolve(false)],
    ['nothing', () => undefined],
    ['a truthy value', () => 1],
  ])('that answers %s lets nobody in by mistake', (_, decide) => {
    const check = originCheck(decide as unknown as () => boolean)
    expect(() => check(request('https://evil.example'))).toThrow(
      expect.objectContaining({
        code: 'LINKSPAN_OPTION',
        message: 'the origin function answers true or false, at once.',
      }),
    )
  })
})

describe('any other policy', () => {
  it.each(['https://app.example', 'any', '', null, 7, {}])('is refused: %j', (policy) => {
    expect(() => originCheck(policy as unknown as OriginPolicy)).toThrow(
      expect.objectContaining({
        code: 'LINKSPAN_OPTION',
        message: "origin takes 'same', '*', a list of origins, or a function.",
      }),
    )
  })
})
