import { expect, it } from 'vitest'
import { decodeClose, encodeClose } from '../src/close-body.js'
import { encodeFrame, FrameDecoder, Opcode } from '../src/index.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

it('writes the examples of RFC 6455 §5.7', () => {
  expect(hex(encodeFrame({ opcode: Opcode.text, payload: 'Hello', mask: false }))).toBe('810548656c6c6f')
  expect(hex(encodeFrame({ opcode: Opcode.text, payload: 'Hello' }))).toBe('818537fa213d7f9f4d5158')
  expect(hex(encodeFrame({ opcode: Opcode.text, payload: 'Hel', fin: false, mask: false }))).toBe(
    '010348656c',
  )
  expect(hex(encodeFrame({ opcode: Opcode.continuation, payload: 'lo', mask: false }))).toBe('80026c6f')
  const binary = encodeFrame({ opcode: Opcode.binary, payload: new Uint8Array(256), mask: false })
  expect(hex(binary.subarray(0, 4))).toBe('827e0100')
  const large = encodeFrame({ opcode: Opcode.binary, payload: new Uint8Array(65_536), mask: false })
  expect(hex(large.subarray(0, 10))).toBe('827f0000000000010000')
})

it('reads the examples of RFC 6455 §5.7', () => {
  const decoder = new FrameDecoder()
  const [plain, masked, first, last] = decoder.push(
    bytesOf('810548656c6c6f818537fa213d7f9f4d5158010348656c80026c6f'),
  )
  expect(plain).toEqual({ opcode: 1, payload: bytesOf('48656c6c6f'), fin: true, rsv: 0, masked: false })
  expect(masked).toEqual({ opcode: 1, payload: bytesOf('48656c6c6f'), fin: true, rsv: 0, masked: true })
  expect([first?.fin, first?.opcode, last?.fin, last?.opcode]).toEqual([false, 1, true, 0])
})

it.each([0, 1, 125, 126, 127, 65_535, 65_536, 70_000])('reads back what it writes: %i bytes', (size) => {
  const payload = Uint8Array.from({ length: size }, (_, index) => index % 251)
  for (const mask of [true, false]) {
    const bytes = encodeFrame({ opcode: Opcode.binary, payload, mask })
    const [frame, ...others] = new FrameDecoder().push(bytes)
    expect(frame).toMatchObject({ opcode: Opcode.binary, fin: true, rsv: 0, masked: mask })
    expect(Buffer.compare(frame?.payload ?? new Uint8Array(0), payload)).toBe(0)
    expect(others).toEqual([])
  }
})

it('reads frames however the bytes are cut', () => {
  const sent = ['one', 'two '.repeat(40), 'three'.repeat(20_000)]
  const bytes = Buffer.concat(sent.map((payload) => encodeFrame({ opcode: Opcode.text, payload })))
  for (const size of [1, 2, 3, 7, 1_000, bytes.length]) {
    const decoder = new FrameDecoder()
    const got: string[] = []
    for (let at = 0; at < bytes.length; at += size) {
      for (const frame of decoder.push(bytes.subarray(at, at + size)))
        got.push(Buffer.from(frame.payload).toString())
    }
    expect(got).toEqual(sent)
  }
})

it('does not hold on to the bytes it was given', () => {
  const bytes = encodeFrame({ opcode: Opcode.text, payload: 'kept', mask: false })
  const [frame] = new FrameDecoder().push(bytes)
  bytes.fill(0)
  expect(Buffer.from(frame?.payload ?? []).toString()).toBe('kept')
})

it('writes what is wrong as it is told', () => {
  expect(hex(encodeFrame({ opcode: 0xf, rsv: 7, fin: false, mask: false }))).toBe('7f00')
  expect(hex(encodeFrame({ opcode: 2, mask: false, claim: 2n ** 63n }))).toBe('827f8000000000000000')
  expect(hex(encodeFrame({ opcode: 2, mask: false, claim: 5n }))).toBe('827f0000000000000005')
})

it('writes and reads the bodies of close frames', () => {
  expect(hex(encodeClose())).toBe('')
  expect(hex(encodeClose(1000, 'bye'))).toBe('03e8627965')
  expect(decodeClose(new Uint8Array(0))).toEqual({ code: undefined, reason: '' })
  expect(decodeClose(encodeClose(4001, 'é'))).toEqual({ code: 4001, reason: 'é' })
})

it('tells what is wrong in the body of a close frame', () => {
  expect(decodeClose(Uint8Array.of(3))).toBe(1002)
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535]) {
    expect(decodeClose(encodeClose(code)), String(code)).toBe(1002)
  }
  for (const code of [1000, 1003, 1007, 1014, 3000, 4999]) {
    expect(decodeClose(encodeClose(code)), String(code)).toEqual({ code, reason: '' })
  }
  expect(decodeClose(Uint8Array.of(0x03, 0xe8, 0xff))).toBe(1007)
})
