import { describe, expect, it } from 'vitest'
import { checkUpgrade, type RawUpgrade, upgradeRequired } from '../src/upgrade.js'

const HEADERS: Readonly<Record<string, string>> = {
  Host: 'chat.example',
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
}

/** A request like any browser's, with headers changed, left out (`undefined`), or added once more. */
function request(
  changes: Readonly<Record<string, string | undefined>> = {},
  more: readonly string[] = [],
  rest: Partial<RawUpgrade> = {},
): RawUpgrade {
  const headers = Object.entries({ ...HEADERS, ...changes }).filter(([, value]) => value !== undefined)
  return {
    method: 'GET',
    httpVersion: '1.1',
    rawHeaders: [...(headers.flat() as string[]), ...more],
    ...rest,
  }
}

const detail = (refusal: { body: string } | undefined): unknown =>
  (JSON.parse(refusal?.body ?? '{}') as { detail?: unknown }).detail

describe('an upgrade request', () => {
  it.each([
    ["a browser's", {}],
    ['with names and values in another case', { Upgrade: 'WebSocket', Connection: 'keep-alive, UPGRADE' }],
    ['with several upgrades', { Upgrade: 'h2c , websocket' }],
    ['with subprotocols', { 'Sec-WebSocket-Protocol': 'v2, v1' }],
    ['with an origin', { Origin: 'https://app.example' }],
    ['without an origin', { Origin: undefined }],
    ['with extensions', { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' }],
  ])('%s is fine', (_, changes) => {
    expect(checkUpgrade(request(changes))).toBeUndefined()
  })

  it('may name its headers in any case', () => {
    const { rawHeaders, ...rest } = request()
    const upper = rawHeaders.map((text, index) => (index % 2 === 0 ? text.toUpperCase() : text))
    expect(checkUpgrade({ ...rest, rawHeaders: upper })).toBeUndefined()
  })

  it('may give its subprotocols in several headers', () => {
    const several = request({ 'Sec-WebSocket-Protocol': 'v2' }, ['sec-websocket-protocol', 'v1'])
    expect(checkUpgrade(several)).toBeUndefined()
  })

  it.each(['POST', 'HEAD', 'OPTIONS', 'CONNECT', 'get'])('by %s is 405 with Allow', (method) => {
    const refusal = checkUpgrade(request({}, [], { method }))
    expect(refusal).toMatchObject({ status: 405, headers: { allow: 'GET' } })
    expect(detail(refusal)).toBe('a WebSocket upgrade is a GET')
  })

  it.each(['1.0', '0.9', '2.0'])('of HTTP/%s is 400', (httpVersion) => {
    const refusal = checkUpgrade(request({}, [], { httpVersion }))
    expect(refusal?.status).toBe(400)
    expect(detail(refusal)).toBe('a WebSocket upgrade needs HTTP/1.1')
  })

  it.each([undefined, ''])('with the Host %j is 400', (Host) => {
    const refusal = checkUpgrade(request({ Host }))
    expect(refusal?.status).toBe(400)
    expect(detail(refusal)).toBe('the Host header is missing')
  })

  it.each([
    ['host', 'chat.example'],
    ['Origin', 'https://app.example'],
    ['SEC-WEBSOCKET-KEY', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ['sec-websocket-version', '13'],
  ])('with two %s headers is 400, be they the same', (name, value) => {
    const refusal = checkUpgrade(request({ Origin: 'https://app.example' }, [name, value]))
    expect(refusal?.status).toBe(400)
    expect(detail(refusal)).toBe(`the ${name.toLowerCase()} header is given twice`)
  })

  it.each([
    ['no Upgrade', { Upgrade: undefined }],
    ['another Upgrade', { Upgrade: 'h2c' }],
    ['what only contains it', { Upgrade: 'websockets' }],
    ['no Connection', { Connection: undefined }],
    ['another Connection', { Connection: 'keep-alive' }],
  ])('with %s is 426 with Upgrade', (_, changes) => {
    const refusal = checkUpgrade(request(changes))
    expect(refusal).toMatchObject({ status: 426, headers: { upgrade: 'websocket' } })
    expect(refusal).toEqual(upgradeRequired())
  })

  it.each([undefined, '8', '+13', '0x0d', '13.0', ' 13', '013', ''])(
    'of version %j is 426 with the one we speak',
    (version) => {
      const refusal = checkUpgrade(request({ 'Sec-WebSocket-Version': version }))
      expect(refusal).toMatchObject({ status: 426, headers: { 'sec-websocket-version': '13' } })
      expect(detail(refusal)).toBe('only WebSocket version 13 is spoken here')
    },
  )

  it.each([
    undefined,
    '',
    'short==',
    'dGhlIHNhbXBsZSBub25jZQ=',
    'dGhlIHNhbXBsZSBub25jZQ===',
    'dGhlIHNhbXBsZSBub25jZR==',
    'dGhlIHNhbXBsZSBub25jZ!==',
    'dGhlIHNhbXBsZSBub25jZQ==\n',
    'dGhlIHNhbXBsZSBub25jZSBpcyB0b28gbG9uZw==',
  ])('with the key %j is 400', (key) => {
    const refusal = checkUpgrade(request({ 'Sec-WebSocket-Key': key }))
    expect(refusal?.status).toBe(400)
    expect(detail(refusal)).toBe('the Sec-WebSocket-Key header is not 16 bytes in base64')
  })

  it.each(['', 'v1,', ',v1', 'v1,,v2', 'v1, v1', 'a b', 'v1;q=1', '"v1"', 'grüße'])(
    'with the subprotocols %j is 400',
    (protocols) => {
      const refusal = checkUpgrade(request({ 'Sec-WebSocket-Protocol': protocols }))
      expect(refusal?.status).toBe(400)
      expect(detail(refusal)).toBe('the Sec-WebSocket-Protocol header is not a list of distinct tokens')
    },
  )

  it('is told the first thing that is wrong with it', () => {
    const wrong = request({ Host: undefined, Upgrade: undefined, 'Sec-WebSocket-Key': undefined }, [], {
      method: 'POST',
    })
    expect(checkUpgrade(wrong)?.status).toBe(405)
  })

  it('that is refused gets a problem document', () => {
    expect(upgradeRequired()).toEqual({
      status: 426,
      headers: { upgrade: 'websocket', 'content-type': 'application/problem+json' },
      body: '{"type":"about:blank","title":"Upgrade Required","status":426,"detail":"this is a WebSocket endpoint","code":1008}',
    })
  })
})

describe('a hostile request', () => {
  const MEGABYTE = 2 ** 20

  const repeat = (text: string, size: number): string =>
    text.repeat(Math.ceil(size / text.length)).slice(0, size)
  const distinct = (size: number): string => {
    const items: string[] = []
    for (let length = 0; length < size; length += (items.at(-1)?.length ?? 0) + 1)
      items.push(`p${items.length}`)
    return items.join(',')
  }

  const hostile: Readonly<Record<string, (size: number) => RawUpgrade>> = {
    'commas in the subprotocols': (size) => request({ 'Sec-WebSocket-Protocol': repeat(',', size) }),
    'spaces in the subprotocols': (size) => request({ 'Sec-WebSocket-Protocol': repeat(' ', size) }),
    'commas and spaces in the subprotocols': (size) =>
      request({ 'Sec-WebSocket-Protocol': repeat(' ,\t', size) }),
    'distinct subprotocols': (size) => request({ 'Sec-WebSocket-Protocol': distinct(size) }),
    'one endless subprotocol': (size) => request({ 'Sec-WebSocket-Protocol': `${repeat('a', size)}(` }),
    'commas in Connection': (size) => request({ Connection: repeat(',', size) }),
    'spaces in Upgrade': (size) => request({ Upgrade: `${repeat(' ', size)}x` }),
    'an endless key': (size) => request({ 'Sec-WebSocket-Key': repeat('A', size) }),
    'an endless version': (size) => request({ 'Sec-WebSocket-Version': repeat('1', size) }),
    'one header again and again': (size) => {
      const more = Array.from({ length: size / 16 }, () => ['sec-websocket-protocol', ',']).flat()
      return request({}, more)
    },
    'thousands of headers': (size) =>
      request({}, Array.from({ length: size / 16 }, (_, index) => [`x-${index}`, 'y']).flat()),
  }

  it.each(Object.entries(hostile))(
    'with a megabyte of %s is checked in about the time of its size',
    (_, make) => {
      const made = make(MEGABYTE)
      let best = Infinity
      for (let run = 0; run < 3; run += 1) {
        const start = performance.now()
        checkUpgrade(made)
        best = Math.min(best, performance.now() - start)
      }
      // Tens of milliseconds where each character is looked at a few times; minutes where it is looked at once for each other.
      expect(best).toBeLessThan(1_000)
    },
  )
})
