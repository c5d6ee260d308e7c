import { encodeFrame, Opcode } from '../frame.js'
import type { HostileCase, HostileChapter } from './case.js'
import { frames, hex, open, text } from './steps.js'

const { continuation, text: TEXT, ping, pong } = Opcode
const MASK = '37 fa 21 3d'

/** What RFC 6455 allows, however odd it is. */
export const oddFrameCases: HostileChapter = {
  title: 'odd frames',
  cases: [
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
        hex(`${head} ${MASK}`),
        encodeFrame({ opcode: TEXT, payload: 'fragments' }).subarray(6),
      ]),
    ),
    {
      ...fine('a length of 126 in 64 bits is a length of 126', [
        hex(`81 ff 00 00 00 00 00 00 00 7e ${MASK}`),
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
      row: 13,
      rfc: 'RFC 6455 §5.5.3',
      name: 'a pong that nobody asked for is nothing',
      send: [open, frames({ opcode: pong }, { opcode: pong, payload: 'unasked' }), text('and on')],
      expect: { echoes: ['and on'] },
    },
  ],
}

function fine(name: string, sent: HostileCase['send']): HostileCase {
  return { row: 13, rfc: 'RFC 6455 §5.4', name, send: [open, ...sent], expect: { echoes: ['fragments'] } }
}
