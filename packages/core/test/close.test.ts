import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CloseCode, checkCloseCode, closeCodeOf, cutReason, statusOf } from '../src/close.js'
import { anyText } from './arbitrary.js'

const bytes = (text: string): number => new TextEncoder().encode(text).byteLength

describe('the close codes', () => {
  it('are the numbers that the documentation promises', () => {
    expect(CloseCode).toEqual({
      normal: 1000,
      goingAway: 1001,
      protocolError: 1002,
      none: 1005,
      abnormal: 1006,
      invalidPayload: 1007,
      policy: 1008,
      tooBig: 1009,
      internal: 1011,
      restarting: 1012,
      overloaded: 1013,
      disconnected: 4000,
      revoked: 4001,
      replaced: 4002,
      forbidden: 4003,
      authenticationFailed: 4010,
      slowConsumer: 4100,
      tooMany: 4101,
      noHeartbeat: 4102,
      expired: 4200,
      moved: 4201,
    })
  })
})

describe('a code given to close', () => {
  it.each([1000, 1001, 1008, 1009, 1011, 1012, 1013, 3000, 3999, 4000, 4999])('may be %d', (code) => {
    expect(() => checkCloseCode(code)).not.toThrow()
  })

  it.each([
    0,
    999,
    1002,
    1003,
    1004,
    1005,
    1006,
    1007,
    1010,
    1014,
    1015,
    1016,
    2999,
    5000,
    9999,
    -1000,
    1000.5,
    4000.5,
    Number.NaN,
    Infinity,
  ])('may not be %d, and the error says what may', (code) => {
    expect(() => checkCloseCode(code)).toThrow(
      expect.objectContaining({
        code: 'LINKSPAN_CLOSE_CODE',
        message: expect.stringContaining(`close code ${code} cannot be sent`) as string,
      }),
    )
  })

  it('may not be a number in disguise', () => {
    expect(() => checkCloseCode('1000' as unknown as number)).toThrow(
      'close code of type string cannot be sent',
    )
  })
})

describe('a close reason', () => {
  it('that is short stays as it is', () => {
    expect(cutReason('restarting')).toBe('restarting')
    expect(cutReason('')).toBe('')
  })

  it('that is missing is empty', () => {
    expect(cutReason(undefined)).toBe('')
  })

  it.each([404, null, new Error('no'), Object.create(null), Symbol('no')])(
    'that is no string is none (%#)',
    (reason) => {
      expect(cutReason(reason)).toBe('')
    },
  )

  it('of exactly 123 bytes stays whole, and one more byte is cut', () => {
    expect(cutReason('a'.repeat(123))).toBe('a'.repeat(123))
    expect(cutReason('a'.repeat(124))).toBe('a'.repeat(123))
  })

  describe.each([
    ['one byte', 'a', 1],
    ['two bytes', 'é', 2],
    ['three bytes', '€', 3],
    ['four bytes', '😀', 4],
  ])('with a character of %s at the boundary', (_, character, size) => {
    for (let before = 123 - size - 1; before <= 123; before += 1) {
      const fits = before + size <= 123
      it(`${fits ? 'keeps it' : 'leaves it out'} after ${before} bytes`, () => {
        const start = 'a'.repeat(before)
        const cut = cutReason(`${start}${character}tail beyond every bound, whatever is kept`)
        expect(cut.startsWith(fits ? start + character : start)).toBe(true)
        if (!fits) expect(cut).toBe(start)
        expect(bytes(cut)).toBeLessThanOrEqual(123)
      })
    }
  })

  it('is never cut between the halves of a surrogate pair', () => {
    const cut = cutReason('😀'.repeat(40))
    expect(cut).toBe('😀'.repeat(30))
  })

  it('has lone surrogates replaced, as they would be on the wire', () => {
    expect(cutReason('\ud800')).toBe('\ufffd')
    expect(cutReason(`${'a'.repeat(120)}\ud800rest`)).toBe(`${'a'.repeat(120)}\ufffd`)
    expect(cutReason(`${'a'.repeat(121)}\udc00rest`)).toBe('a'.repeat(121))
  })

  it('is always the longest well-formed start of the text that fits', () => {
    fc.assert(
      fc.property(anyText(200), (reason) => {
        const whole = reason.toWellFormed()
        const cut = cutReason(reason)
        expect(whole.startsWith(cut)).toBe(true)
        expect(cut.isWellFormed()).toBe(true)
        expect(bytes(cut)).toBeLessThanOrEqual(123)
        const [next] = whole.slice(cut.length)
        if (next !== undefined) expect(bytes(cut + next)).toBeGreaterThan(123)
      }),
      { numRuns: 500 },
    )
  })
})

describe('the close code of a refusal that names none', () => {
  it.each([
    [401, 4010],
    [403, 4003],
    [429, 4101],
    [408, 1013],
    [502, 1013],
    [503, 1013],
    [504, 1013],
    [500, 1011],
    [501, 1011],
    [505, 1011],
    [599, 1011],
    [400, 1008],
    [404, 1008],
    [418, 1008],
    [451, 1008],
    [302, 1008],
  ])('for %d is %d', (status, code) => {
    expect(closeCodeOf(status)).toBe(code)
  })
})

describe('the HTTP status of a close that comes before the 101', () => {
  it.each([
    [1001, 503],
    [1012, 503],
    [1013, 503],
    [1006, 503],
    [1011, 500],
    [4010, 401],
    [4001, 401],
    [4002, 409],
    [4200, 401],
    [4100, 429],
    [4101, 429],
    [4003, 403],
    [1000, 403],
    [1008, 403],
    [3000, 403],
    [4999, 403],
  ])('for %d is %d', (code, status) => {
    expect(statusOf(code)).toBe(status)
  })
})
