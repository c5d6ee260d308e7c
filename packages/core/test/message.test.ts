import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Message, notSendable } from '../src/message.js'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A message whose bytes lie in a buffer that the transport uses again. */
function borrow(text: string): { message: Message; overwrite(): void } {
  const buffer = encode(text)
  return { message: new Message(buffer, false, true), overwrite: () => buffer.fill(0x78) }
}

describe('a message', () => {
  it('of text is read as text', () => {
    const message = new Message(encode('grüße 😀'), false)
    expect(message.kind).toBe('text')
    expect(message.size).toBe(12)
    expect(message.text()).toBe('grüße 😀')
  })

  it('of bytes is read as bytes', () => {
    const message = new Message(new Uint8Array([1, 2, 3]), true)
    expect(message.kind).toBe('binary')
    expect(message.size).toBe(3)
    expect(message.bytes()).toEqual(new Uint8Array([1, 2, 3]))
  })

  it('may lie in an ArrayBuffer', () => {
    const { buffer } = new Uint8Array([0x68, 0x69])
    const message = new Message(buffer, false)
    expect(message.size).toBe(2)
    expect(message.text()).toBe('hi')
    expect(message.bytes()).toEqual(encode('hi'))
    expect(message.bytes().buffer).toBe(buffer)
    expect(message.raw()).toBe(buffer)
  })

  it('is parsed as JSON', () => {
    expect(new Message(encode('{"a":[1]}'), false).json<{ a: number[] }>().a).toEqual([1])
  })

  it('that is no JSON says so', () => {
    expect(() => new Message(encode('{"a":'), false).json()).toThrow(SyntaxError)
  })

  it('keeps a byte order mark: it is the sender who put it there', () => {
    expect(new Message(encode('\ufeffa'), false).text()).toBe('\ufeffa')
  })

  it('of bytes that are no UTF-8 is read with replacement characters', () => {
    expect(new Message(new Uint8Array([0x61, 0xff, 0x62]), true).text()).toBe('a\ufffdb')
  })

  it('is not copied unless it is borrowed', () => {
    const data = encode('hello')
    const message = new Message(data, false)
    message.keep()
    expect(message.bytes()).toBe(data)
    expect(message.raw()).toBe(data)
  })

  it('is a view of what it lies in, where that is larger', () => {
    const whole = encode('..hello..')
    const message = new Message(whole.subarray(2, 7), false)
    expect(message.size).toBe(5)
    expect(message.text()).toBe('hello')
  })
})

describe('a borrowed message', () => {
  it('is read in place while the transport lends it', () => {
    const { message, overwrite } = borrow('hello')
    expect(message.text()).toBe('hello')
    overwrite()
    expect(message.text()).toBe('xxxxx')
  })

  it('that is kept stays what it was', () => {
    const { message, overwrite } = borrow('hello')
    message.keep()
    overwrite()
    expect(message.text()).toBe('hello')
    expect(message.size).toBe(5)
    expect(message.kind).toBe('text')
  })

  it.each([
    ['bytes', (message: Message) => message.bytes()],
    ['raw bytes', (message: Message) => message.raw()],
  ])('gives nobody %s that the transport will overwrite', (_, get) => {
    const { message, overwrite } = borrow('hello')
    const bytes = get(message)
    overwrite()
    expect(bytes).toEqual(encode('hello'))
  })

  it('is copied once', () => {
    const { message } = borrow('hello')
    message.keep()
    const bytes = message.bytes()
    message.keep()
    expect(message.bytes()).toBe(bytes)
  })

  it('in an ArrayBuffer is kept as well', () => {
    const { buffer } = encode('hello')
    const message = new Message(buffer as ArrayBuffer, false, true)
    message.keep()
    new Uint8Array(buffer).fill(0x78)
    expect(message.text()).toBe('hello')
  })

  it('shares no byte with another, whatever their sizes', () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 64 }), fc.integer({ min: 0, max: 5_000 })), {
      minLength: 1,
      maxLength: 30,
    })
    fc.assert(
      fc.property(sizes, (all) => {
        const kept = all.map((size, index) => {
          const message = new Message(new Uint8Array(size).fill(index), true, true)
          message.keep()
          return message
        })
        for (const [index, message] of kept.entries()) {
          expect(message.bytes()).toEqual(new Uint8Array(all[index] as number).fill(index))
        }
        // Whoever writes to one changes no other.
        for (const message of kept) message.bytes().fill(0xff)
        const regions = kept
          .map((message) => message.bytes())
          .filter(({ byteLength }) => byteLength > 0)
          .map(({ buffer, byteOffset, byteLength }) => ({
            buffer,
            from: byteOffset,
            to: byteOffset + byteLength,
          }))
        for (const one of regions) {
          for (const other of regions) {
            if (one === other || one.buffer !== other.buffer) continue
            expect(one.to <= other.from || other.to <= one.from).toBe(true)
          }
        }
      }),
      { numRuns: 25 },
    )
  })

  it('shares its buffer only while it is small, and only a small one', () => {
    const keep = (size: number): ArrayBufferLike => {
      const message = new Message(new Uint8Array(size), true, true)
      message.keep()
      return message.bytes().buffer
    }
    expect(keep(64 * 1_024).byteLength).toBe(64 * 1_024)
    expect(keep(10).byteLength).toBeLessThanOrEqual(8_192)
    expect(new Set([keep(10), keep(10), keep(10)]).size).toBeLessThanOrEqual(2)
  })

  it.each([0, 5])('survives that somebody transferred the buffer of an earlier one of %d bytes', (size) => {
    const first = new Message(new Uint8Array(size), true, true)
    const { buffer } = first.bytes()
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] })
    for (let i = 0; i < 3; i += 1) {
      const { message, overwrite } = borrow('hello')
      message.keep()
      overwrite()
      expect(message.text()).toBe('hello')
    }
  })
})

describe('anything else that is sent', () => {
  it('is told what can be', () => {
    expect(notSendable()).toMatchObject({
      code: 'LINKSPAN_MESSAGE',
      message: 'only a string, a Uint8Array, an ArrayBuffer or a Message can be sent.',
    })
  })
})
