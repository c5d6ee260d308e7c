import { encodeFrame, type FrameInit, Opcode } from '../frame.js'
import type { HostileCase, HostileChapter } from './case.js'
import { violation } from './outcomes.js'
import { frames, hex, open } from './steps.js'

const { continuation, text: TEXT, binary } = Opcode
const CLAIMED: FrameInit = { opcode: binary, payload: 'only the head of it comes' }

/** Messages that are too long, by what their first frame claims or by what all of them come to. */
export const sizeCases: HostileChapter = {
  title: 'sizes',
  cases: [
    ...Object.entries({
      'maxPayload and one byte': 65_537n,
      'a megabyte': 2n ** 20n,
      'two gigabytes': 2n ** 31n,
      'four gigabytes': 2n ** 32n,
      'nine petabytes (2^53 - 1)': 2n ** 53n - 1n,
      'nine petabytes (2^53)': 2n ** 53n,
      'all that 63 bits can say': 2n ** 63n - 1n,
      'the highest bit alone': 2n ** 63n,
      'the highest bit and five': 2n ** 63n + 5n,
      'all that 64 bits can say': 2n ** 64n - 1n,
    }).flatMap(([what, claim]) => [
      claimed(`a binary frame that claims ${what}`, [{ ...CLAIMED, claim }]),
      claimed(`a text frame that claims ${what}`, [{ ...CLAIMED, opcode: TEXT, claim }]),
      claimed(`a continuation that claims ${what}`, [
        { opcode: binary, payload: 'x', fin: false },
        { ...CLAIMED, opcode: continuation, claim },
      ]),
    ]),
    {
      ...claimed('a frame of 101 bytes, by its 16-bit length, where 100 are allowed', []),
      app: { options: { maxPayload: 100 } },
      send: [open, hex('82 fe 00 65 37 fa 21 3d')],
    },
    {
      ...claimed('a frame of 126 bytes, where 125 are allowed', []),
      app: { options: { maxPayload: 125 } },
      send: [open, encodeFrame({ opcode: binary, payload: new Uint8Array(126) })],
    },
    {
      ...claimed('fragments that come to more than maxPayload by one byte', []),
      row: 14,
      send: [
        open,
        frames(
          { opcode: binary, payload: new Uint8Array(32_768), fin: false },
          { opcode: continuation, payload: new Uint8Array(32_768), fin: false },
          { opcode: continuation, payload: 'x' },
        ),
      ],
    },
    {
      ...claimed('fragments that never end, of a kilobyte each,', []),
      row: 14,
      send: [open, endless(binary, new Uint8Array(1_024), 66)],
    },
    {
      ...claimed('fragments of a text that never ends, of one byte each,', []),
      row: 14,
      app: { options: { maxPayload: 1_000 } },
      send: [open, endless(TEXT, Uint8Array.of(120), 1_001)],
    },
    {
      row: 14,
      rfc: 'RFC 6455 §5.4',
      name: 'fragments that hold nothing and never end are closed with 1009 where they are counted, else they cost nothing',
      send: [open, endless(TEXT, new Uint8Array(0), 5_000)],
      expect: (supports) =>
        supports.violationFrame ? violation(1009)(supports) : { echoes: [], handled: [] },
    },
  ],
}

function claimed(what: string, inits: readonly FrameInit[]): HostileCase {
  return {
    row: 13,
    rfc: 'RFC 6455 §7.4.1',
    name: `${what} is closed with 1009`,
    send: [open, frames(...inits)],
    expect: violation(1009),
  }
}

function endless(opcode: number, payload: Uint8Array, count: number): Uint8Array {
  const further = encodeFrame({ opcode: continuation, payload, fin: false })
  return Buffer.concat([
    encodeFrame({ opcode, payload, fin: false }),
    ...Array.from({ length: count - 1 }, () => further),
  ])
}
