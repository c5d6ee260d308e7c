import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countedLength, utf8Length } from '../../src/utf8-length.js'

const encoder = new TextEncoder()

describe.each([
  ['of the platform', utf8Length],
  ['that is counted', countedLength],
])('the length %s', (_, length) => {
  it.each([
    '',
    'hello',
    'grüß dich',
    'пока',
    '你好',
    '👋🏽',
    '\u{10ffff}',
    '\ud800',
    '\udc00',
    'a\udc00b',
    '\ud800\ud800',
    '\ud83d',
  ])('of %j is that of its bytes', (text) => expect(length(text)).toBe(encoder.encode(text).byteLength))

  it('of anything is that of its bytes, lone surrogates included', () => {
    const unit = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd7f0, max: 0xe00f }))
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        const text = String.fromCharCode(...units)
        expect(length(text)).toBe(encoder.encode(text).byteLength)
      }),
    )
  })
})
