import { encodeFrame, Opcode } from '../frame.js'
import type { HostileCase, HostileChapter } from './case.js'
import { violation } from './outcomes.js'
import { frames, hex, open, text } from './steps.js'

/** Bytes that are no UTF-8 (RFC 3629 §3, §4). */
const INVALID: Readonly<Record<string, string>> = {
  'a continuation byte alone': '80',
  'the last continuation byte alone': 'bf',
  'a slash in two bytes': 'c0 af',
  'a letter in two bytes': 'c1 a1',
  'a zero in two bytes': 'c0 80',
  'a slash in three bytes': 'e0 80 af',
  'U+07FF in three bytes': 'e0 9f bf',
  'a slash in four bytes': 'f0 80 80 af',
  'U+FFFF in four bytes': 'f0 8f bf bf',
  'a character of five bytes': 'f8 88 80 80 80',
  'a character of six bytes': 'fc 84 80 80 80 80',
  'the first high surrogate': 'ed a0 80',
  'the last high surrogate': 'ed af bf',
  'the first low surrogate': 'ed b0 80',
  'the last low surrogate': 'ed bf bf',
  'a pair of surrogates': 'ed a0 bd ed b8 80',
  'U+110000': 'f4 90 80 80',
  'a lead byte f5': 'f5 80 80 80',
  'a byte fe': 'fe',
  'a byte ff': 'ff',
  'a lead byte of two before a letter': 'c3 28',
  'a lead byte of three before a letter': 'e2 28 a1',
  'a letter in place of a third byte': 'e2 82 28',
  'a letter in place of a second of four bytes': 'f0 28 8c bc',
  'a letter in place of a fourth byte': 'f0 9f 98 28',
  'one byte of two at the end': '6f 6b c3',
  'one byte of three at the end': '6f 6b e2',
  'two bytes of three at the end': '6f 6b e2 82',
  'three bytes of four at the end': '6f 6b f0 9f 98',
  'a bad byte after a long good text': `${'61 '.repeat(5_000)}ff`,
}

/** The edges of what is UTF-8. */
const VALID: Readonly<Record<string, string>> = {
  'U+0000': '00',
  'U+007F': '7f',
  'U+0080': 'c2 80',
  'U+07FF': 'df bf',
  'U+0800': 'e0 a0 80',
  'U+D7FF, before the surrogates': 'ed 9f bf',
  'U+E000, after the surrogates': 'ee 80 80',
  'U+FEFF, a byte order mark': 'ef bb bf',
  'U+FFFE, no character': 'ef bf be',
  'U+FFFF, no character': 'ef bf bf',
  'U+10000': 'f0 90 80 80',
  'U+1F600': 'f0 9f 98 80',
  'U+10FFFF': 'f4 8f bf bf',
}

/** What a text message may consist of (RFC 6455 §8.1). */
export const textCases: HostileChapter = {
  title: 'text',
  cases: [
    ...Object.entries(INVALID).flatMap(([what, digits]) => [
      bad(`a text with ${what} is closed with 1007`, [text(hex(digits))]),
      bad(`a text with ${what}, a fragment a byte, is closed with 1007`, [
        byteByByte(hex(digits).slice(-64)),
      ]),
    ]),
    bad('a text that goes wrong in its first fragment is closed with 1007 at the last one at the latest', [
      frames(
        { opcode: Opcode.text, payload: hex('ff'), fin: false },
        { opcode: Opcode.continuation, payload: 'good again' },
      ),
    ]),
    bad('a text that ends within a character, with an empty last fragment, is closed with 1007', [
      frames(
        { opcode: Opcode.text, payload: hex('6f 6b f0 9f'), fin: false },
        { opcode: Opcode.continuation },
      ),
    ]),
    ...Object.entries(VALID).flatMap(([what, digits]) => [
      good(`a text of ${what} comes back as it was`, text(hex(digits)), hex(digits)),
      good(
        `a text of ${what}, a fragment a byte, comes back as it was`,
        byteByByte(hex(digits)),
        hex(digits),
      ),
    ]),
    ...Object.entries(INVALID)
      .slice(0, 5)
      .map(
        ([what, digits]): HostileCase => ({
          row: 13,
          rfc: 'RFC 6455 §5.6',
          name: `a binary message with ${what} is what it is`,
          send: [open, encodeFrame({ opcode: Opcode.binary, payload: hex(digits) })],
          expect: { echoes: [hex(digits)] },
        }),
      ),
  ],
}

function bad(name: string, sent: HostileCase['send']): HostileCase {
  return { row: 13, rfc: 'RFC 6455 §8.1', name, send: [open, ...sent], expect: violation(1007) }
}

function good(name: string, sent: Uint8Array, bytes: Uint8Array): HostileCase {
  const whole = Buffer.from(bytes).toString()
  return {
    row: 13,
    rfc: 'RFC 6455 §8.1',
    name,
    send: [open, sent],
    expect: { echoes: [whole], handled: [whole] },
  }
}

function byteByByte(bytes: Uint8Array): Uint8Array {
  return frames(
    { opcode: Opcode.text, fin: false },
    ...[...bytes].map((byte, index) => ({
      opcode: Opcode.continuation,
      payload: Uint8Array.of(byte),
      fin: index === bytes.length - 1,
    })),
  )
}
