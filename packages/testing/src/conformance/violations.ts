import assert from 'node:assert/strict'
import type { Behaviour, Chapter } from '../behaviour.js'
import { encodeClose } from '../close-body.js'
import { encodeFrame, type FrameInit, Opcode } from '../frame.js'
import type { Supports } from '../host.js'
import { meet, pair } from './pair.js'
import { assertAlive, echo, endOf } from './support.js'

const { binary, close, continuation, ping, text } = Opcode

/** Frames that break RFC 6455, each in its own way, and the RFC's code for it. */
const VIOLATIONS: readonly (readonly [
  what: string,
  code: 1002 | 1007 | 1009,
  frames: readonly FrameInit[],
])[] = [
  ['an opcode that means nothing', 1002, [{ opcode: 3, payload: 'x' }]],
  ['a control opcode that means nothing', 1002, [{ opcode: 11 }]],
  ['a reserved bit of no extension', 1002, [{ opcode: text, payload: 'x', rsv: 1 }]],
  ['the first reserved bit without compression', 1002, [{ opcode: text, payload: 'x', rsv: 4 }]],
  ['a fragmented ping', 1002, [{ opcode: ping, payload: 'x', fin: false }]],
  ['a ping of more than 125 bytes', 1002, [{ opcode: ping, payload: 'x'.repeat(126) }]],
  ['a continuation of nothing', 1002, [{ opcode: continuation, payload: 'x' }]],
  [
    'a new message inside a fragmented one',
    1002,
    [
      { opcode: text, payload: 'x', fin: false },
      { opcode: text, payload: 'y' },
    ],
  ],
  ['a close frame with 1005', 1002, [{ opcode: close, payload: encodeClose(1005) }]],
  ['a close frame with 1006', 1002, [{ opcode: close, payload: encodeClose(1006) }]],
  ['a close frame with 999', 1002, [{ opcode: close, payload: encodeClose(999) }]],
  ['a close reason that is no UTF-8', 1007, [{ opcode: close, payload: Uint8Array.of(3, 232, 0xff) }]],
  ['a text message that is no UTF-8', 1007, [{ opcode: text, payload: Uint8Array.of(0xe2, 0x28, 0xa1) }]],
  ['a length with its highest bit set', 1009, [{ opcode: binary, payload: 'x', claim: 2n ** 63n }]],
  ['a length of a gigabyte', 1009, [{ opcode: binary, payload: 'x', claim: 2n ** 30n }]],
]

/** What a transport that cannot tell violations apart does not even notice. */
const UNNOTICED: readonly (readonly [what: string, frame: FrameInit])[] = [
  ['a frame that is not masked', { opcode: text, payload: 'x', mask: false }],
  ['a close frame of one byte', { opcode: close, payload: Uint8Array.of(3) }],
]

/** What becomes of a peer that breaks the protocol: we close, with the RFC's code, and say so. */
export const chapter: Chapter = {
  title: 'violations',
  behaviours: [
    ...VIOLATIONS.map(([what, code, frames]) => violation(what, code, frames)),
    ...UNNOTICED.map(([what, frame]) => violation(what, 1002, [frame], ['violationCodes'])),
    ...aftermath(),
  ],
}

function violation(
  what: string,
  code: 1002 | 1007 | 1009,
  frames: readonly FrameInit[],
  needs: readonly (keyof Supports)[] = [],
): Behaviour {
  return {
    name: `${what} is closed by server, with ${code}`,
    needs: ['rawFrames', ...needs],
    run: async (stage) => {
      const { violationCodes, violationFrame } = stage.supports
      const handled: string[] = []
      const app = stage.app().message((_conn, message) => void handled.push(message.text()))
      const record = stage.record(app)
      record.expectErrors('LINKSPAN_VIOLATION')
      const { peer } = await meet(stage, app)
      peer.raw?.(Buffer.concat(frames.map(encodeFrame)))
      const { info } = await record.next('close')
      if (violationCodes || (code !== 1002 && frames[0]?.opcode !== close)) {
        const wireCode = violationFrame ? code : undefined
        assert.deepEqual(endOf(info), { code, reason: '', by: 'server', clean: false, wireCode })
      } else {
        assert.equal(info.code, 1006)
        assert.equal(info.clean, false)
        assert.equal(info.wireCode, undefined)
      }
      assert.equal((await peer.closed).code, violationFrame ? code : undefined)
      assert.deepEqual(handled, [])
      assert.equal(record.of('close').length, 1)
    },
  }
}

function aftermath(): Behaviour[] {
  return [
    {
      name: 'a violation is one error, and says that the peer has to act',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { conn, peer } = await meet(stage, app)
        peer.sendText(Uint8Array.of(0xff))
        await record.next('close')
        const errors = record.of('error').map(({ id, error }) => [id, error.code, error.culprit])
        assert.deepEqual(errors, [[conn.id, 'LINKSPAN_VIOLATION', 'peer']])
      },
    },
    {
      name: 'a violation ends the connection of whoever committed it, and no other',
      run: async (stage) => {
        const app = stage.app().message(echo)
        const record = stage.record(app)
        const served = await stage.serve(app)
        const good = await pair(app, served)
        const bad = await pair(app, served)
        record.expectErrors('LINKSPAN_VIOLATION')
        bad.peer.send('x'.repeat(65_537))
        assert.equal((await record.next('close')).id, bad.conn.id)
        await assertAlive(good.peer)
      },
    },
    {
      name: 'a violation while we wait for the answer to our close frame changes nothing about why it ended',
      needs: ['rawFrames', 'closeAnswer'],
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { conn, peer } = await meet(stage, app)
        peer.answersClose = false
        conn.close(4000, 'go')
        record.expectErrors('LINKSPAN_VIOLATION')
        peer.raw?.(encodeFrame({ opcode: 3, payload: 'x' }))
        const { info } = await record.next('close')
        assert.deepEqual(endOf(info), {
          code: 4000,
          reason: 'go',
          by: 'server',
          clean: false,
          wireCode: 4000,
        })
      },
    },
    {
      name: "bytes after a violation are nobody's message",
      needs: ['rawFrames'],
      run: async (stage) => {
        const handled: string[] = []
        const app = stage.app().message((_conn, message) => void handled.push(message.text()))
        const record = stage.record(app)
        record.expectErrors('LINKSPAN_VIOLATION')
        const { peer } = await meet(stage, app)
        peer.raw?.(
          Buffer.concat([
            encodeFrame({ opcode: 3, payload: 'x' }),
            encodeFrame({ opcode: text, payload: 'and then' }),
          ]),
        )
        await record.next('close')
        assert.deepEqual(handled, [])
      },
    },
  ]
}
