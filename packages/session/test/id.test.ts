import { describe, expect, it } from 'vitest'
import { isId, makeId } from '../src/id.js'

describe('makeId', () => {
  it('makes 128 bits that never come again, as 22 characters that need no escape', () => {
    const made = Array.from({ length: 1_000 }, makeId)
    expect(new Set(made).size).toBe(1_000)
    for (const id of made) {
      expect(isId(id)).toBe(true)
      expect(Buffer.from(id, 'base64url')).toHaveLength(16)
    }
    // Every bit is used: none is the same in all of them.
    const bits = made.map((id) => BigInt(`0x${Buffer.from(id, 'base64url').toString('hex')}`))
    expect(bits.reduce((all, one) => all | one)).toBe(2n ** 128n - 1n)
    expect(bits.reduce((all, one) => all & one)).toBe(0n)
  })
})

describe('isId', () => {
  it.each([
    undefined,
    null,
    '',
    'admin',
    'A'.repeat(21),
    'A'.repeat(23),
    `${'A'.repeat(21)}B`,
    `${'A'.repeat(21)}=`,
    `${'A'.repeat(22)}\n`,
    `${'A'.repeat(20)}+A`,
    'é'.repeat(22),
  ])('is not deceived by %j', (id) => {
    expect(isId(id)).toBe(false)
  })
})
