import { describe, expect, it } from 'vitest'
import { shareHeaders } from '../src/share-headers.js'

/** A string of its own, as those of a socket are. */
const fresh = (text: string): string => Buffer.from(text).toString()

describe('header lines', () => {
  it('stay what they are, and are the list that was given', () => {
    const lines = ['Host', 'chat.example', 'X-Odd', '', 'Cookie', 'a=1', 'x-odd', 'again']
    const shared = [...lines]
    expect(shareHeaders(shared)).toBe(shared)
    expect(shared).toEqual(lines)
    expect(shareHeaders([])).toEqual([])
  })

  it('are the same lines where the last request of that name had another value', () => {
    for (const value of ['one', 'two', 'two', 'one']) {
      expect(shareHeaders([fresh('User-Agent'), fresh(value)])).toEqual(['User-Agent', value])
    }
  })

  it('are equal however many names there are, and however long they are', () => {
    const lines = Array.from({ length: 200 }, (_, index) => [`x-${index}`, 'x'.repeat(index * 10)]).flat()
    for (let turn = 0; turn < 2; turn += 1) expect(shareHeaders(lines.map(fresh))).toEqual(lines)
  })
})
