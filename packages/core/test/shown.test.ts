import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { oneOf, whole } from '../src/option-checks.js'
import { shown } from '../src/shown.js'

describe('a wrong value', () => {
  it.each<[unknown, string]>([
    ['fatal', "'fatal'"],
    ['connection.close', "'connection.close'"],
    ['', "''"],
    ['8080', "'8080'"],
    ['-1.5', "'-1.5'"],
    [1.5, '1.5'],
    [Number.NaN, 'NaN'],
    [-0, '0'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
  ])('that is a number or a word is quoted: %o', (value, text) => {
    expect(shown(value)).toBe(text)
  })

  it.each<[unknown, string]>([
    ['hunter2', 'a string of 7 characters'],
    ['a'.repeat(32), 'a string of 32 characters'],
    ['1'.repeat(13), 'a string of 13 characters'],
    ['amqp://user:secret@engine', 'a string of 25 characters'],
    ['eyJhbGciOiJIUzI1NiJ9.e30.c2ln', 'a string of 29 characters'],
    ['a\nb', 'a string of 3 characters'],
    [10n ** 100n, 'a bigint'],
    [Symbol('secret'), 'a symbol'],
    [() => 'secret', 'a function'],
    [['secret'], 'an Array'],
    [{ secret: 'secret' }, 'an object'],
    [Object.create(null), 'an object'],
    [new Date(0), 'a Date'],
    [Promise.resolve('secret'), 'a Promise'],
    [Buffer.from('secret'), 'a Uint8Array'],
    [new Error('secret'), 'an Error'],
    [{ [Symbol.toStringTag]: 'my secret' }, 'an object'],
  ])('that is anything else is named by its type, and not quoted: %o', (value, text) => {
    expect(shown(value)).toBe(text)
  })

  it.each([
    ['says no type', Object.defineProperty({}, Symbol.toStringTag, { get: () => expect.unreachable() })],
    ['is gone', revoked()],
  ])('that %s is an object', (_, value) => {
    expect(shown(value)).toBe('an object')
  })

  it('is never told at length, and never a key or a token', () => {
    const key = fc.base64String({ minLength: 16 }).filter((text) => /\d/.test(text) && /[a-z]/i.test(text))
    fc.assert(fc.property(key, (text) => !shown(text).includes(text)))
    fc.assert(fc.property(fc.anything(), (value) => shown(value).length <= 40))
  })

  it('is told like that by the checks of options', () => {
    const secret = 'a-secret-of-32-bytes-0123456789ab'
    expect(() => whole('ttl', secret as unknown as number, 1, 9)).toThrow(
      'ttl takes a whole number from 1 to 9, not a string of 33 characters.',
    )
    expect(() => whole('ttl', Object.create(null) as number, 1, 9)).toThrow('from 1 to 9, not an object.')
    expect(() => oneOf<string>('mode', secret, ['a'])).toThrow(
      "mode takes one of 'a', not a string of 33 characters.",
    )
  })
})

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
