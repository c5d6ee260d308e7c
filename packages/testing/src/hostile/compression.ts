import { constants, deflateRawSync } from 'node:zlib'
import { type FrameInit, Opcode } from '../frame.js'
import type { HostileCase, HostileChapter, Outcome } from './case.js'
import { byPeer, violation } from './outcomes.js'
import { frames, hex, openWith, text } from './steps.js'

const { continuation, text: TEXT, binary, close, ping, pong } = Opcode
/** An offer that every server can take: no window of either side outlives a message (RFC 7692 §7.1.1). */
const negotiated = openWith({
  headers: {
    'sec-websocket-extensions': 'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
  },
})
const COMPRESSED = 4

const BOMB = deflateRawSync(new Uint8Array(2 ** 24))

/** What a compressed message may do (RFC 7692). */
export const compressionCases: HostileChapter = {
  title: 'compression',
  cases: [
    closed('a megabyte of zeros', 1009, [whole('\0'.repeat(2 ** 20))]),
    closed('sixteen megabytes of zeros', 1009, [whole('\0'.repeat(2 ** 24))]),
    closed('sixty-four megabytes of zeros, in binary,', 1009, [
      { ...whole('\0'.repeat(2 ** 26)), opcode: binary },
    ]),
    closed('maxPayload and one byte', 1009, [whole('x'.repeat(65_537))]),
    closed('a bomb in fragments', 1009, fragments(deflated('\0'.repeat(2 ** 24)), 1_000)),
    closed('a bomb in fragments of a byte', 1009, fragments(deflated('\0'.repeat(2 ** 20)), 1)),
    closed('reserved bit 2 of a compressed message', 1002, [{ ...whole('x'), rsv: 6 }]),
    closed('reserved bit 3 of a compressed message', 1002, [{ ...whole('x'), rsv: 5 }]),
    closed('the compressed bit of a continuation', 1002, [
      { opcode: TEXT, rsv: COMPRESSED, payload: deflated('x').subarray(0, 1), fin: false },
      { opcode: continuation, rsv: COMPRESSED, payload: deflated('x').subarray(1) },
    ]),
    ...Object.entries({ close, ping, pong }).map(([what, opcode]) =>
      closed(
        `the compressed bit of a ${what} frame`,
        1002,
        [{ opcode, rsv: COMPRESSED }],
        // Unnoticed, it is as if it were not set.
        (supports) => {
          if (supports.violationCodes) return violation(1002)(supports)
          return opcode === close ? byPeer(1005)(supports) : { echoes: [] }
        },
      ),
    ),
    ...Object.entries({
      'a block of a type that is none': '07',
      'a stored block whose length is wrong': '00 05 00 05 00 61',
      'bytes at random': 'ff ee dd cc bb aa 99 88 77',
      'a distance before the beginning': '4b 04 42 00',
    }).map(([what, digits]) => closed(`deflated data with ${what}`, 1007, [bad(hex(digits))], inflated)),
    closed('a compressed text that is no UTF-8', 1007, [
      { opcode: TEXT, rsv: COMPRESSED, payload: deflated(Uint8Array.of(0x6f, 0x6b, 0xff)) },
    ]),
    closed('a compressed text that breaks off within a character', 1007, [
      { opcode: TEXT, rsv: COMPRESSED, payload: deflated(Uint8Array.of(0xf0, 0x9f)) },
    ]),
    alive('a compressed message comes back', [frames(whole('hello '.repeat(100)))], ['hello '.repeat(100)]),
    {
      ...alive('a bomb within a bomb is inflated once, and comes back as the inner one', [], []),
      send: [negotiated, frames({ opcode: binary, rsv: COMPRESSED, payload: deflated(BOMB) })],
      expect: { echoes: [Uint8Array.from(BOMB)] },
    },
    alive(
      'a compressed message of exactly maxPayload comes back',
      [frames(whole('x'.repeat(65_536)))],
      ['x'.repeat(65_536)],
    ),
    alive(
      'an uncompressed message among compressed ones comes back',
      [frames(whole('one')), text('two'), frames(whole('three'))],
      ['one', 'two', 'three'],
    ),
    alive(
      'a compressed message in fragments, with a ping among them, comes back',
      [frames(...fragments(deflated('in fragments'), 4).flatMap((fragment) => [fragment, { opcode: ping }]))],
      ['in fragments'],
    ),
    alive(
      'a compressed empty message comes back',
      [frames({ opcode: TEXT, rsv: COMPRESSED, payload: hex('00') })],
      [''],
    ),
    ...[
      'permessage-deflate; server_max_window_bits=7',
      'permessage-deflate; server_max_window_bits=16',
      'permessage-deflate; server_max_window_bits',
      'permessage-deflate; client_max_window_bits=0',
      'permessage-deflate; client_max_window_bits=08',
      'permessage-deflate; client_max_window_bits=1e1',
      'permessage-deflate; server_no_context_takeover=1',
      'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
      'permessage-deflate; unheard_of',
      'permessage-deflate; client_max_window_bits="15',
      'permessage-bzip2',
      'x-webkit-deflate-frame',
      'permessage-deflate; a="b, permessage-deflate',
    ].map(
      (offer): HostileCase => ({
        row: 15,
        rfc: 'RFC 7692 §5.1',
        name: `the offer '${offer}' is no reason to refuse, and messages flow`,
        app: { options: { compression: true } },
        send: [openWith({ headers: { 'sec-websocket-extensions': offer } }), text('hello')],
        expect: { status: 101, echoes: ['hello'] },
      }),
    ),
  ],
}

function closed(
  what: string,
  code: 1002 | 1007 | 1009,
  inits: readonly FrameInit[],
  expect: HostileCase['expect'] = violation(code),
): HostileCase {
  return {
    row: 15,
    rfc: code === 1009 ? 'RFC 6455 §7.4.1' : 'RFC 7692 §7.2.2',
    name: `${what} is closed with ${code}, and nothing is handled`,
    app: { options: { compression: true } },
    send: [negotiated, frames(...inits)],
    expect,
  }
}

/** What cannot be inflated and what is too big once inflated are one to a transport that tells little. */
function inflated(supports: Parameters<ReturnType<typeof violation>>[0]): Outcome {
  return violation(supports.violationCodes ? 1007 : 1009)(supports)
}

function alive(name: string, sent: readonly Uint8Array[], echoes: readonly string[]): HostileCase {
  return {
    row: 15,
    rfc: 'RFC 7692 §7.2.2',
    name,
    // What comes back is not compressed: it is read as it is.
    app: { options: { compression: { threshold: 2 ** 30 } } },
    send: [negotiated, ...sent],
    expect: { status: 101, headers: { 'sec-websocket-extensions': /^permessage-deflate/ }, echoes },
  }
}

function whole(content: string): FrameInit {
  return { opcode: TEXT, rsv: COMPRESSED, payload: deflated(content) }
}

function bad(payload: Uint8Array): FrameInit {
  return { opcode: TEXT, rsv: COMPRESSED, payload }
}

function fragments(payload: Uint8Array, size: number): FrameInit[] {
  const count = Math.ceil(payload.length / size)
  return Array.from({ length: count }, (_, i) => ({
    opcode: i === 0 ? TEXT : continuation,
    rsv: i === 0 ? COMPRESSED : 0,
    payload: payload.subarray(i * size, (i + 1) * size),
    fin: i === count - 1,
  }))
}

/** Deflated, without the empty block at its end (RFC 7692 §7.2.1). */
function deflated(content: string | Uint8Array): Uint8Array {
  return deflateRawSync(content, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
}
