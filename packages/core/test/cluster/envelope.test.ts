import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, type Envelope, encode, isNodeId, overhead, sizeOf } from '../../src/cluster/envelope.js'
import { anyText } from '../arbitrary.js'

const number = fc.maxSafeNat()
const bytes = fc.uint8Array({ maxLength: 40 })
const item = fc.record({
  kind: fc.constantFrom('text' as const, 'binary' as const, 'control' as const),
  data: bytes,
  headers: fc.option(bytes, { nil: undefined }),
})
const envelope: fc.Arbitrary<Envelope> = fc.record({
  node: anyText(8).filter(isNodeId),
  epoch: number,
  run: number,
  first: number,
  idle: number,
  items: fc.array(item, { maxLength: 4 }),
})

const ONE: Envelope = {
  node: 'one',
  epoch: 1,
  run: 2,
  first: 3,
  idle: 4,
  items: [{ kind: 'text', data: new Uint8Array([104, 105]), headers: undefined }],
}

describe('an envelope', () => {
  it('comes back as it was, and is as long as was said before', () => {
    fc.assert(
      fc.property(envelope, (sent) => {
        const encoded = encode(sent)
        expect(decode(encoded)).toEqual(sent)
        expect(encoded.byteLength).toBe(
          sent.items.reduce((sum, one) => sum + sizeOf(one), overhead(sent.node)),
        )
      }),
    )
  })

  it('may be a part of a larger buffer', () => {
    const encoded = encode(ONE)
    const larger = new Uint8Array(encoded.byteLength + 7)
    larger.set(encoded, 5)
    expect(decode(larger.subarray(5, 5 + encoded.byteLength))).toEqual(ONE)
  })

  it('of bytes that no node has written is none, and nothing throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
        const version = Uint8Array.of(1, ...noise)
        for (const one of [noise, version]) {
          const read = decode(one)
          if (read !== undefined) expect(encode(read).byteLength).toBeLessThanOrEqual(one.byteLength)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('that was cut, or changed anywhere, is another one or none, and nothing throws', () => {
    fc.assert(
      fc.property(envelope, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(), (sent, at, value, cut) => {
        const encoded = encode(sent)
        encoded[at % encoded.byteLength] = value
        const read = decode(encoded.subarray(0, cut % (encoded.byteLength + 1)))
        for (const { data } of read?.items ?? []) expect(data.byteLength).toBeLessThan(encoded.byteLength)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['another version', (all) => all.with(0, 2)],
    ['nothing', () => new Uint8Array()],
    ['no node', (all) => Uint8Array.of(1, 0, ...all.subarray(5))],
    ['a node that is no UTF-8', (all) => all.with(2, 0xff)],
    ['half a head', (all) => all.subarray(0, 20)],
    ['a number that is none', (all) => all.with(5, 0x7f).with(6, 0xf8)],
    ['a number below 0', (all) => all.with(5, 0xbf)],
    ['a kind there is not', (all) => all.with(37, 3)],
    ['an item that ends too soon', (all) => all.subarray(0, -1)],
    ['headers that end too soon', (all) => Uint8Array.of(...all.subarray(0, 37), 4, 0, 9, 1)],
  ])('is none of %s', (_, change) => {
    expect(decode(change(encode(ONE)))).toBeUndefined()
  })

  it('leaves out headers that are too long, and nothing else', () => {
    const [text] = ONE.items
    const sent = (length: number): Envelope => ({
      ...ONE,
      items: [{ kind: 'text', data: new Uint8Array(), ...text, headers: new Uint8Array(length) }],
    })
    expect(decode(encode(sent(65_536)))).toEqual(ONE)
    expect(decode(encode(sent(65_535)))).toEqual(sent(65_535))
  })
})

describe('the id of a node', () => {
  it.each(['a', 'a'.repeat(255), 'ä'.repeat(127)])('may be %s', (node) => {
    expect(isNodeId(node)).toBe(true)
  })

  it.each(['', 'a'.repeat(256), 'ä'.repeat(128), '\ud800', 7, undefined])('may not be %s', (node) => {
    expect(isNodeId(node)).toBe(false)
  })
})
