import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { encodeFrame, Opcode } from '../../frame.js'
import { meet } from '../pair.js'
import { endOf } from '../support.js'
import { EVERY_SECOND } from './interval.js'

/** Peers that do not. */
export const dead: readonly Behaviour[] = [
  {
    name: 'a peer that leaves every allowed ping unanswered is cut with 4102, and no close frame travels',
    run: async (stage) => {
      const app = stage.app(EVERY_SECOND)
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.answersPings = false
      await stage.clock.advance(1_000)
      await stage.until(() => peer.pings === 1, 'the first ping')
      await stage.clock.advance(1_000)
      await stage.until(() => peer.pings === 2, 'the second ping')
      await stage.clock.advance(999)
      assert.equal(conn.state, 'active')
      await stage.clock.advance(1)
      const { info } = await record.next('close')
      const { reason } = info
      assert.deepEqual(endOf(info), { code: 4102, reason, by: 'server', clean: false, wireCode: undefined })
      assert.equal(info.duration, 3_000)
      assert.equal((await peer.closed).code, undefined)
    },
  },
  {
    name: 'a peer that answers only the last allowed ping lives on, and may miss as many again',
    run: async (stage) => {
      const app = stage.app(EVERY_SECOND)
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.answersPings = false
      await stage.clock.advance(2_000)
      await stage.until(() => peer.pings === 2, 'two pings')
      await stage.clock.advance(995)
      peer.pong()
      await stage.until(() => conn.rtt !== undefined, 'the pong')
      await stage.clock.advance(2_995)
      assert.equal(conn.state, 'active')
      await stage.clock.advance(10)
      assert.equal((await record.next('close')).info.code, 4102)
    },
  },
  {
    name: 'a frame that only trickles in is no sign of life',
    needs: ['rawFrames'],
    run: async (stage) => {
      const app = stage.app(EVERY_SECOND).message(() => assert.fail('half a frame was handled'))
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.answersPings = false
      const frame = encodeFrame({ opcode: Opcode.text, payload: 'a frame that never ends' })
      for (let i = 0; i < 6; i += 1) {
        peer.raw?.(frame.subarray(i, i + 1))
        await stage.clock.advance(500)
        if (i % 2 === 1) await stage.until(() => peer.pings > i / 2 || conn.state !== 'active', 'a ping')
      }
      assert.equal((await record.next('close')).info.code, 4102)
    },
  },
  {
    name: 'a peer that does not read is found out too',
    run: async (stage) => {
      const app = stage.app(EVERY_SECOND)
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.pause()
      await stage.clock.advance(3_000)
      assert.equal((await record.next('close')).info.code, 4102)
    },
  },
]
