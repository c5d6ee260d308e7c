import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { assertAlive, echo } from '../support.js'
import { EVERY_SECOND } from './interval.js'

/** Peers that answer. */
export const alive: readonly Behaviour[] = [
  {
    name: 'an idle peer is pinged every interval, and its pongs keep it',
    run: async (stage) => {
      const { conn, peer } = await meet(stage, stage.app(EVERY_SECOND))
      peer.answersPings = false
      for (let i = 1; i <= 6; i += 1) {
        await stage.clock.advance(999)
        conn.send('still no ping')
        await peer.next()
        assert.equal(peer.pings, i - 1)
        await stage.clock.advance(1)
        await stage.until(() => peer.pings === i, `ping ${i}`)
        // Each round trip takes a time of its own, so that each pong is told apart.
        await stage.clock.advance(i * 5)
        peer.pong()
        await stage.until(() => conn.rtt === i * 5, `the pong to ping ${i}`)
      }
      assert.equal(conn.state, 'active')
    },
  },
  {
    name: 'rtt is undefined until the first pong, then the time of the latest round trip',
    run: async (stage) => {
      const { conn, peer } = await meet(stage, stage.app(EVERY_SECOND).message(echo))
      peer.answersPings = false
      assert.equal(conn.rtt, undefined)
      await stage.clock.advance(1_000)
      await stage.until(() => peer.pings === 1, 'the first ping')
      assert.equal(conn.rtt, undefined)
      await stage.clock.advance(40)
      peer.pong()
      await stage.until(() => conn.rtt === 40, 'the first round trip')
      await stage.clock.advance(100)
      peer.pong()
      await assertAlive(peer)
      assert.equal(conn.rtt, 40, 'a pong that answers nothing is no round trip')
      await stage.clock.advance(1_000)
      await stage.until(() => peer.pings === 2, 'the second ping')
      await stage.clock.advance(120)
      peer.pong()
      await stage.until(() => conn.rtt === 120, 'the second round trip')
    },
  },
  {
    name: 'by default an idle peer is pinged after 30 s',
    run: async (stage) => {
      const { conn, peer } = await meet(stage, stage.app())
      await stage.clock.advance(29_999)
      conn.send('not yet')
      await peer.next()
      assert.equal(peer.pings, 0)
      await stage.clock.advance(100)
      await stage.until(() => peer.pings === 1, 'the ping')
    },
  },
  {
    name: "a peer's own pings are answered, and are signs of life",
    run: async (stage) => {
      const { conn, peer } = await meet(stage, stage.app(EVERY_SECOND))
      for (let i = 1; i <= 6; i += 1) {
        await stage.clock.advance(900)
        peer.ping()
        await stage.until(() => peer.pongs === i, `the answer to ping ${i}`)
      }
      assert.equal(peer.pings, 0)
      assert.equal(conn.state, 'active')
    },
  },
]
