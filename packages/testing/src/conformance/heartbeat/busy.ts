import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { numbered } from '../backlog.js'
import { meet } from '../pair.js'
import { assertAlive, echo, Gate } from '../support.js'
import { EVERY_SECOND } from './interval.js'

/** What counts as life, and what does not. */
export const busy: readonly Behaviour[] = [
  {
    name: 'a peer that says something in every interval is never pinged',
    run: async (stage) => {
      const { peer } = await meet(stage, stage.app(EVERY_SECOND).message(echo))
      for (let i = 0; i < 20; i += 1) {
        await assertAlive(peer)
        await stage.clock.advance(950)
      }
      await assertAlive(peer)
      assert.equal(peer.pings, 0)
    },
  },
  {
    name: 'what we send is no sign of life of the peer',
    run: async (stage) => {
      const app = stage.app(EVERY_SECOND)
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.answersPings = false
      for (let i = 0; i < 6; i += 1) {
        conn.send('are you there?')
        await stage.clock.advance(500)
      }
      assert.equal((await record.next('close')).info.code, 4102)
    },
  },
  {
    name: 'a peer from which we have stopped reading is not declared dead until we have read on',
    needs: ['pause'],
    run: async (stage) => {
      const gate = new Gate()
      let handled = 0
      const app = stage.app({ ...EVERY_SECOND, inbox: { messages: 2 } }).message(async () => {
        await gate.opened
        handled += 1
      })
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      for (let i = 0; i < 20; i += 1) peer.send(numbered(i))
      await stage.until(() => app.stats().gauges.inbox.messages >= 2, 'the inbox to fill')
      await stage.clock.advance(10_000)
      assert.equal(conn.state, 'active')
      gate.open()
      await stage.until(() => handled === 20, 'every message handled')
      assert.equal(conn.state, 'active')
      peer.answersPings = false
      await stage.clock.advance(4_000)
      assert.equal((await record.next('close')).info.code, 4102)
    },
  },
]
