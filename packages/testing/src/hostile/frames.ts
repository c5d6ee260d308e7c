import { encodeFrame, type FrameInit, Opcode } from '../frame.js'
import type { HostileCase, HostileChapter } from './case.js'
import { violation } from './outcomes.js'
import { frames, hex, open, text } from './steps.js'

const { continuation, text: TEXT, binary, close, ping, pong } = Opcode
const CONTROL = { close, ping, pong } as const
const CLAIMED: FrameInit = { opcode: binary, payload: 'only the head of it comes' }

/** Frames that RFC 6455 §5 forbids, and those that only look so. */
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
    ...harmless(),
    ...oversize(),
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

/** What RFC 6455 allows, however odd it is. */
function harmless(): HostileCase[] {
  const masked = '37 fa 21 3d'
  return [
    fine('a ping of 125 bytes inside a fragmented message disturbs nothing', [
      frames(
        { opcode: TEXT, payload: 'fra', fin: false },
        { opcode: ping, payload: 'x'.repeat(125) },
        { opcode: pong, payload: 'y'.repeat(125) },
        { opcode: continuation, payload: 'gments' },
      ),
    ]),
    fine('a message in bytes that come one by one is one message', [
      ...[...text('fragments')].map((byte) => Uint8Array.of(byte)),
    ]),
    fine('a message in fragments of one byte is one message', [
      frames(
        { opcode: TEXT, fin: false },
        ...[...'fragments'].map((payload) => ({ opcode: continuation, payload, fin: false })),
        { opcode: continuation },
      ),
    ]),
    fine('empty fragments before, within and after a message are nothing', [
      frames(
        { opcode: TEXT, fin: false },
        { opcode: continuation, fin: false },
        { opcode: continuation, payload: 'fragments', fin: false },
        { opcode: continuation, fin: false },
        { opcode: continuation },
      ),
    ]),
    fine('a mask of four zeros is a mask', [hex('81 89 00 00 00 00'), 'fragments']),
    ...[
      ['16 bits', '81 fe 00 09'],
      ['64 bits', '81 ff 00 00 00 00 00 00 00 09'],
    ].map(([size, head]) =>
      fine(`a length of 9 in ${size} is a length of 9`, [
        hex(`${head} ${masked}`),
        encodeFrame({ opcode: TEXT, payload: 'fragments' }).subarray(6),
      ]),
    ),
    {
      ...fine('a length of 126 in 64 bits is a length of 126', [
        hex(`81 ff 00 00 00 00 00 00 00 7e ${masked}`),
        encodeFrame({ opcode: TEXT, payload: 'x'.repeat(126) }).subarray(8),
      ]),
      expect: { echoes: ['x'.repeat(126)] },
    },
    {
      ...fine('a message of exactly maxPayload is handled', [text('x'.repeat(65_536))]),
      expect: { echoes: ['x'.repeat(65_536)] },
    },
    {
      ...fine('an empty message is a message', [text('')]),
      expect: { echoes: [''] },
    },
    {
      row: 16,
      rfc: 'RFC 6455 §5.5.3',
      name: 'every ping is answered with its own bytes',
      send: [
        open,
        frames(
          { opcode: ping, payload: 'one' },
          { opcode: ping },
          { opcode: ping, payload: 'z'.repeat(125) },
        ),
        text('and on'),
        async ({ until, client }) => until(() => client.count(pong) >= 3, 'three pongs'),
        ({ client, notes }) => {
          for (const frame of client.frames) {
            if (frame.opcode === pong) notes.push(Buffer.from(frame.payload).toString())
          }
        },
      ],
      expect: { echoes: ['and on'], notes: ['one', '', 'z'.repeat(125)] },
    },
    {
      row: 14,
      rfc: 'RFC 6455 §5.5.3',
      name: 'a pong that nobody asked for is nothing',
      send: [open, frames({ opcode: pong }, { opcode: pong, payload: 'unasked' }), text('and on')],
      expect: { echoes: ['and on'] },
    },
  ]
}

function fine(name: string, sent: HostileCase['send']): HostileCase {
  return { row: 13, rfc: 'RFC 6455 §5.4', name, send: [open, ...sent], expect: { echoes: ['fragments'] } }
}

/** Messages that are too long, by what their first frame claims or by what all of them come to. */
function oversize(): HostileCase[] {
  return [
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
  ]
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

function bits(rsv: number): string {
  return rsv.toString(2).padStart(3, '0')
}
