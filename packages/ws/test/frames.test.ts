import { Writable } from 'node:stream'
import { FrameDecoder } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { gather, gathered, writeGathered } from '../src/frames.js'

/** A socket that keeps what is written to it, a piece each. */
class Wire extends Writable {
  readonly pieces: Buffer[] = []

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.pieces.push(Buffer.from(bytes))
    done()
  }

  /** The messages in all of it: strings for text. */
  get messages(): (string | Uint8Array)[] {
    const frames = new FrameDecoder().push(Buffer.concat(this.pieces))
    return frames.map(({ opcode, payload }) => (opcode === 1 ? Buffer.from(payload).toString() : payload))
  }
}

// A Duplex to the types; nothing is read from it.
const wire = () => new Wire() as Wire & Parameters<typeof gather>[0]

describe('what is gathered', () => {
  it('leaves in one piece', () => {
    const socket = wire()
    for (const text of ['one', '', 'grüße 😀', '\ud800']) expect(gather(socket, text, false)).toBe(true)
    expect(gathered(socket)).toBeGreaterThan(0)
    expect(socket.pieces).toEqual([])
    writeGathered()
    expect(gathered(socket)).toBe(0)
    expect(socket.pieces).toHaveLength(1)
    expect(socket.messages).toEqual(['one', '', 'grüße 😀', '\ufffd'])
  })

  it.each([0, 125, 126, 127, 4_095, 4_096])('may have %i bytes', (size) => {
    const socket = wire()
    const bytes = new Uint8Array(size).map((_, index) => index)
    expect(gather(socket, bytes, true)).toBe(true)
    expect(gather(socket, bytes.buffer, true)).toBe(true)
    writeGathered()
    expect(socket.messages).toEqual([bytes, bytes])
  })

  it('is not what is larger', () => {
    const socket = wire()
    expect(gather(socket, new Uint8Array(4_097), true)).toBe(false)
    writeGathered()
    expect(socket.pieces).toEqual([])
  })

  it('of several sockets is kept apart, and in order', () => {
    const [ada, bob] = [wire(), wire()]
    for (const text of ['1', '2', '3']) for (const socket of [ada, bob]) gather(socket, text, false)
    writeGathered()
    expect(ada.messages).toEqual(['1', '2', '3'])
    expect(bob.messages).toEqual(['1', '2', '3'])
  })

  it('goes on in the next slab when one is full', () => {
    const socket = wire()
    const bytes = new Uint8Array(4_000).fill(7)
    for (let i = 0; i < 40; i += 1) gather(socket, bytes, true)
    writeGathered()
    expect(socket.pieces.length).toBeGreaterThan(1)
    expect(socket.messages).toEqual(Array.from({ length: 40 }, () => bytes))
  })

  it('for a socket that is gone is dropped', () => {
    const socket = wire()
    gather(socket, 'late', false)
    socket.destroy()
    writeGathered()
    expect(socket.pieces).toEqual([])
    expect(gathered(socket)).toBe(0)
  })
})
