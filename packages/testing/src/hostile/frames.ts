import { type FrameInit, Opcode } from '../frame.js'
import type { HostileCase, HostileChapter } from './case.js'
import { violation } from './outcomes.js'
import { frames, open, text } from './steps.js'

const { continuation, text: TEXT, binary, close, ping, pong } = Opcode
const CONTROL = { close, ping, pong } as const

/** Frames that RFC 6455 §5 forbids. */
export const frameCases: HostileChapter = {
  title: 'frames',
  cases: [
    ...Object.entries({ text: TEXT, binary, close, ping, pong }).flatMap(([what, opcode]) =>
      [1, 2, 3, 4, 5, 6, 7].map((rsv) =>
        broken('RFC 6455 §5.2', `a ${what} frame with the reserved bits ${bits(rsv)}`, [{ opcode, rsv }]),
      ),
    ),
    ...[1, 2, 3, 4, 5, 6, 7].map((rsv) =>
      broken('RFC 6455 §5.2', `a continuation with the reserved bits ${bits(rsv)}`, [
        { opcode: TEXT, payload: 'x', fin: false },
        { opcode: continuation, payload: 'y', rsv },
      ]),
    ),
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode) => [
      broken('RFC 6455 §5.2', `the reserved opcode ${opcode}`, [{ opcode, payload: 'x' }]),
      broken('RFC 6455 §5.2', `the reserved opcode ${opcode} without a payload`, [{ opcode }]),
      broken('RFC 6455 §5.2', `the reserved opcode ${opcode}, fragmented`, [{ opcode, fin: false }]),
    ]),
    ...Object.entries(CONTROL).flatMap(([what, opcode]) => [
      broken('RFC 6455 §5.5', `a fragmented ${what} frame`, [{ opcode, fin: false }]),
      ...[126, 127, 200, 65_535, 65_536].map((length) =>
        broken('RFC 6455 §5.5', `a ${what} frame of ${length} bytes`, [
          { opcode, payload: Uint8Array.of(3, 232, ...new Uint8Array(length - 2).fill(120)) },
        ]),
      ),
    ]),
    ...Object.entries({ text: TEXT, binary, close, ping, pong }).map(([what, opcode]) =>
      unmasked(`a ${what} frame that is not masked`, [
        { opcode, mask: false, ...(opcode === close ? {} : { payload: 'x' }) },
      ]),
    ),
    unmasked('a continuation that is not masked', [
      { opcode: TEXT, payload: 'x', fin: false },
      { opcode: continuation, payload: 'y', mask: false },
    ]),
    broken('RFC 6455 §5.4', 'a last continuation of nothing', [{ opcode: continuation, payload: 'x' }]),
    broken('RFC 6455 §5.4', 'a further continuation of nothing', [
      { opcode: continuation, payload: 'x', fin: false },
    ]),
    broken('RFC 6455 §5.4', 'an empty continuation of nothing', [{ opcode: continuation }]),
    broken('RFC 6455 §5.4', 'a text inside a fragmented text', [
      { opcode: TEXT, payload: 'x', fin: false },
      { opcode: TEXT, payload: 'y' },
    ]),
    {
      ...broken('RFC 6455 §5.4', 'a binary inside a fragmented text', [
        { opcode: TEXT, payload: 'x', fin: false },
        { opcode: binary, payload: 'y' },
      ]),
      // Unnoticed, it is joined to what came before.
      expect: (supports) =>
        supports.violationCodes
          ? violation(1002)(supports)
          : { echoes: [Uint8Array.from(Buffer.from('xy'))] },
    },
    broken('RFC 6455 §5.4', 'a text inside a fragmented binary', [
      { opcode: binary, payload: 'x', fin: false },
      { opcode: TEXT, payload: 'y' },
    ]),
    broken('RFC 6455 §5.4', 'a fragmented text inside a fragmented text', [
      { opcode: TEXT, payload: 'x', fin: false },
      { opcode: TEXT, payload: 'y', fin: false },
    ]),
    broken('RFC 6455 §5.4', 'a new message after an empty first fragment', [
      { opcode: TEXT, fin: false },
      { opcode: TEXT, payload: 'y' },
    ]),
    {
      row: 13,
      rfc: 'RFC 6455 §5.4',
      name: 'a continuation after a whole message is closed with 1002, and the message was handled',
      send: [open, frames({ opcode: TEXT, payload: 'whole' }, { opcode: continuation, payload: 'x' })],
      expect: (supports) => ({ ...violation(1002)(supports), handled: ['whole'] }),
    },
    {
      row: 13,
      rfc: 'RFC 6455 §5.4',
      name: 'a continuation after the last fragment is closed with 1002, and the message was handled',
      send: [
        open,
        frames(
          { opcode: TEXT, payload: 'a', fin: false },
          { opcode: continuation, payload: 'b' },
          { opcode: continuation, payload: 'c' },
        ),
      ],
      expect: (supports) => ({ ...violation(1002)(supports), handled: ['ab'] }),
    },
    {
      row: 13,
      rfc: 'RFC 6455 §7.1.7',
      name: 'frames after a violation are not looked at, in the same packet or in the next',
      send: [
        open,
        frames({ opcode: 3 }, { opcode: TEXT, payload: 'after' }),
        text('long after'),
        frames({ opcode: close, payload: Uint8Array.of(3, 232) }),
      ],
      expect: violation(1002),
    },
  ],
}

function broken(rfc: string, what: string, inits: readonly FrameInit[]): HostileCase {
  return {
    row: 13,
    rfc,
    name: `${what} is closed with 1002`,
    send: [open, frames(...inits)],
    expect: violation(1002),
  }
}

/** Unnoticed, its first bytes are taken for a mask: it never becomes complete, and nobody hears of it. */
function unmasked(what: string, inits: readonly FrameInit[]): HostileCase {
  return {
    ...broken('RFC 6455 §5.1', what, inits),
    expect: (supports) => (supports.violationCodes ? violation(1002)(supports) : { echoes: [], handled: [] }),
  }
}

function bits(rsv: number): string {
  return rsv.toString(2).padStart(3, '0')
}
