import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { encodeFrame, Opcode } from '../../frame.js'
import { meet } from '../pair.js'
import { assertAlive, echo } from '../support.js'

/** Messages in several frames (RFC 6455 §5.4). */
export const fragments: readonly Behaviour[] = [
  {
    name: 'a fragmented message is handled once, whole, with pings between its fragments',
    needs: ['rawFrames'],
    run: async (stage) => {
      const { peer } = await meet(stage, stage.app().message(echo))
      const euro = new TextEncoder().encode('€')
      peer.raw?.(encodeFrame({ opcode: Opcode.text, payload: euro.subarray(0, 1), fin: false }))
      peer.raw?.(encodeFrame({ opcode: Opcode.ping, payload: 'still here' }))
      peer.raw?.(encodeFrame({ opcode: Opcode.continuation, payload: euro.subarray(1, 2), fin: false }))
      peer.raw?.(encodeFrame({ opcode: Opcode.continuation, payload: euro.subarray(2) }))
      assert.equal(await peer.next(), '€')
      await assertAlive(peer)
      assert.equal(peer.received, 0)
    },
  },
  {
    name: 'fragments that together exceed maxPayload close with 1009',
    needs: ['rawFrames'],
    run: async (stage) => {
      const app = stage.app({ maxPayload: 10 }).message(echo)
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.raw?.(encodeFrame({ opcode: Opcode.binary, payload: '12345', fin: false }))
      peer.raw?.(encodeFrame({ opcode: Opcode.continuation, payload: '67890', fin: false }))
      record.expectErrors('LINKSPAN_VIOLATION')
      peer.raw?.(encodeFrame({ opcode: Opcode.continuation, payload: '!', fin: false }))
      const { info } = await record.next('close')
      assert.equal(info.code, 1009)
      assert.equal(info.by, 'server')
    },
  },
  {
    name: 'a message of endless fragments is ended, with 1008 or 1009',
    needs: ['rawFrames'],
    run: async (stage) => {
      const app = stage.app().message(() => assert.fail('a message without an end was handled'))
      const record = stage.record(app)
      record.expectErrors('LINKSPAN_VIOLATION')
      const { conn, peer } = await meet(stage, app)
      peer.raw?.(encodeFrame({ opcode: Opcode.binary, payload: '.', fin: false }))
      const more = encodeFrame({ opcode: Opcode.continuation, payload: '.', fin: false })
      peer.raw?.(Buffer.concat(Array<Uint8Array>(65_536).fill(more)))
      const { info, id } = await record.next('close')
      assert.equal(id, conn.id)
      assert.ok(info.code === 1008 || info.code === 1009, `closed with ${info.code}`)
      assert.equal(info.by, 'server')
    },
  },
]
