import assert from 'node:assert/strict'
import type { LinkspanOptions } from '@linkspan/core'
import type { Behaviour, Chapter } from '../behaviour.js'
import { encodeFrame, Opcode } from '../frame.js'
import { numbered } from './backlog.js'
import { meet, pairs } from './pair.js'
import { assertAlive, echo, endOf, Gate } from './support.js'

const EVERY_SECOND: LinkspanOptions = { heartbeat: { interval: 1_000, misses: 2 } }

/** How a connection that has gone silent is found out, and one that has not is left alone. */
export const chapter: Chapter = {
  title: 'heartbeat',
  behaviours: [...alive(), ...dead(), ...busy(), ...timers()],
}

function alive(): Behaviour[] {
  return [
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
        const { conn, peer } = await meet(stage, stage.app(EVERY_SECOND))
        peer.answersPings = false
        assert.equal(conn.rtt, undefined)
        await stage.clock.advance(1_000)
        await stage.until(() => peer.pings === 1, 'the first ping')
        assert.equal(conn.rtt, undefined)
        await stage.clock.advance(40)
        peer.pong()
        await stage.until(() => conn.rtt === 40, 'the first round trip')
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
}

function dead(): Behaviour[] {
  return [
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
}

function busy(): Behaviour[] {
  return [
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
      name: 'a peer from which we have stopped reading is not declared dead',
      needs: ['pause'],
      run: async (stage) => {
        const gate = new Gate()
        let handled = 0
        const app = stage.app({ ...EVERY_SECOND, inbox: { messages: 2 } }).message(async () => {
          await gate.opened
          handled += 1
        })
        const { conn, peer } = await meet(stage, app)
        for (let i = 0; i < 20; i += 1) peer.send(numbered(i))
        await stage.until(() => app.stats().gauges.inbox.messages >= 2, 'the inbox to fill')
        await stage.clock.advance(10_000)
        assert.equal(conn.state, 'active')
        gate.open()
        await stage.until(() => handled === 20, 'every message handled')
        assert.equal(conn.state, 'active')
      },
    },
  ]
}

function timers(): Behaviour[] {
  return [
    {
      name: 'with heartbeat: false nobody is pinged, however long it is silent',
      run: async (stage) => {
        const app = stage.app({ heartbeat: false })
        const { conn, peer } = await meet(stage, app)
        peer.answersPings = false
        assert.equal(app.stats().gauges.timers, 0)
        await stage.clock.advance(86_400_000)
        conn.send('good morning')
        assert.equal(await peer.next(), 'good morning')
        assert.equal(peer.pings, 0)
      },
    },
    {
      name: 'the heartbeats of all connections share one timer, which ends with the last of them',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const all = await pairs(app, await stage.serve(app), 20)
        assert.equal(app.stats().gauges.timers, 1)
        assert.equal(stage.clock.pending, 1)
        for (const { conn } of all) conn.terminate()
        for (let i = 0; i < 20; i += 1) await record.next('close')
        assert.equal(app.stats().gauges.timers, 0)
        assert.equal(stage.clock.pending, 0)
      },
    },
    {
      name: 'connections that came at different times are each pinged in their own time',
      run: async (stage) => {
        const app = stage.app(EVERY_SECOND)
        const served = await stage.serve(app)
        const early = await served.connect()
        await stage.until(() => app.stats().gauges.connections.active === 1, 'the first to be active')
        await stage.clock.advance(600)
        const late = await served.connect()
        await stage.until(() => app.stats().gauges.connections.active === 2, 'the second to be active')
        await stage.clock.advance(400)
        await stage.until(() => early.pings === 1, 'the ping of the first')
        assert.equal(late.pings, 0)
        await stage.clock.advance(600)
        await stage.until(() => late.pings === 1, 'the ping of the second')
        assert.equal(early.pings, 1)
      },
    },
  ]
}
