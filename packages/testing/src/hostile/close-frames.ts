import assert from 'node:assert/strict'
import { encodeClose } from '../close-body.js'
import { encodeFrame, Opcode } from '../frame.js'
import type { HostileCase, HostileChapter } from './case.js'
import { badClose, byPeer } from './outcomes.js'
import { closeFrame, frames, hex, open, text } from './steps.js'

/** Close frames, and what may stand before and after one (RFC 6455 §5.5.1, §7.4). */
export const closeFrameCases: HostileChapter = {
  title: 'close frames',
  cases: [
    ...[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1017, 1100, 1999, 2000, 2999, 5000, 32_768, 65_535].flatMap(
      (code) => [
        bad('RFC 6455 §7.4', `a close frame with ${code} is closed with 1002`, closeFrame(code), 1002),
        bad(
          'RFC 6455 §7.4',
          `a close frame with ${code} and a reason is closed with 1002`,
          closeFrame(code, 'bye'),
          1002,
        ),
      ],
    ),
    ...['00', '03', 'ff'].map(
      (body): HostileCase => ({
        ...bad(
          'RFC 6455 §5.5.1',
          `a close frame of one byte, ${body}, is closed with 1002`,
          encodeFrame({ opcode: Opcode.close, payload: hex(body) }),
          1002,
        ),
        // Unnoticed, it is one without a code.
        expect: (supports) => (supports.violationCodes ? badClose(1002)(supports) : byPeer(1005)(supports)),
      }),
    ),
    ...['ff', '80', 'c0 af', 'ed a0 80', 'f4 90 80 80', '6f 6b e2 82'].map((reason) =>
      bad(
        'RFC 6455 §8.1',
        `a close frame with the reason ${reason}, no UTF-8, is closed with 1007`,
        encodeFrame({ opcode: Opcode.close, payload: Buffer.concat([encodeClose(1000), hex(reason)]) }),
        1007,
      ),
    ),
    ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999].map(
      (code): HostileCase => ({
        row: 13,
        rfc: 'RFC 6455 §7.4',
        name: `a close frame with ${code} is a close by the peer`,
        send: [open, closeFrame(code, 'bye')],
        expect: byPeer(code, 'bye'),
      }),
    ),
    closes('a close frame without a code is one with 1005', [closeFrame()], 1005),
    closes('a reason of 123 bytes arrives whole', [closeFrame(4000, 'x'.repeat(123))], 4000, 'x'.repeat(123)),
    closes("a second close frame is nobody's", [frames(close(4001), close(4002))], 4001),
    closes("a second close frame in the next packet is nobody's", [closeFrame(4001), closeFrame(4002)], 4001),
    {
      ...closes(
        'a message after a close frame is not handled, one before it is',
        [
          frames({ opcode: Opcode.text, payload: 'before' }, close(4001), {
            opcode: Opcode.text,
            payload: 'after',
          }),
        ],
        4001,
      ),
      row: 21,
      expect: (supports) => ({ ...byPeer(4001)(supports), handled: ['before'] }),
    },
    {
      ...closes(
        'a message in the packet after a close frame is not handled',
        [closeFrame(4001), text('after')],
        4001,
      ),
      row: 21,
      expect: (supports) => ({ ...byPeer(4001)(supports), handled: [] }),
    },
    closes(
      'a violation after a close frame changes nothing about the end',
      [frames(close(4001), { opcode: 3, payload: 'x' })],
      4001,
    ),
    {
      ...closes(
        'a close frame within a fragmented message ends the connection, and the message with it',
        [frames({ opcode: Opcode.text, payload: 'half', fin: false }, close(4001))],
        4001,
      ),
      expect: (supports) => ({ ...byPeer(4001)(supports), handled: [] }),
    },
    {
      ...closes(
        'a continuation after a close frame completes no message',
        [
          frames({ opcode: Opcode.text, payload: 'half', fin: false }, close(4001), {
            opcode: Opcode.continuation,
            payload: 'and half',
          }),
        ],
        4001,
      ),
      expect: (supports) => ({ ...byPeer(4001)(supports), handled: [] }),
    },
    closes(
      'a close frame in bytes that come one by one is a close frame',
      [...closeFrame(4001, 'bye')].map((byte) => Uint8Array.of(byte)),
      4001,
      'bye',
    ),
    closes(
      'a ping after a close frame is not answered',
      [
        frames(close(4001), { opcode: Opcode.ping }),
        async ({ client }) => {
          await client.over
          assert.equal(client.count(Opcode.pong), 0)
        },
      ],
      4001,
    ),
    {
      row: 13,
      rfc: 'RFC 6455 §7.1.5',
      name: 'half a close frame and a FIN is the end of the network',
      send: [open, closeFrame(4001, 'bye').subarray(0, 5), ({ client }) => client.fin()],
      expect: {
        wire: 'cut',
        info: { code: 1006, reason: '', by: 'network', clean: false, wireCode: undefined },
      },
    },
  ],
}

function close(code: number): { readonly opcode: number; readonly payload: Uint8Array } {
  return { opcode: Opcode.close, payload: encodeClose(code) }
}

function closes(name: string, sent: HostileCase['send'], code: number, reason = ''): HostileCase {
  return { row: 13, rfc: 'RFC 6455 §5.5.1', name, send: [open, ...sent], expect: byPeer(code, reason) }
}

function bad(rfc: string, name: string, sent: Uint8Array, code: 1002 | 1007): HostileCase {
  return { row: 13, rfc, name, send: [open, sent], expect: badClose(code) }
}
