import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { CHUNK, fill, numbered, numberOf, numbersUntilEnd, range } from '../backlog.js'
import { meet, pair } from '../pair.js'
import { assertAlive, echo } from '../support.js'

/** What a send answers, what waits, and who is told. */
export const backPressure: readonly Behaviour[] = [
  {
    name: 'a send answers sent while the peer reads, and queued when it does not',
    run: async (stage) => {
      const app = stage.app().message(echo)
      const { conn, peer } = await meet(stage, app)
      await assertAlive(peer)
      assert.equal(conn.send('hello'), 'sent')
      peer.pause()
      fill(conn)
      assert.equal(conn.send('later'), 'queued')
    },
  },
  {
    name: 'everything that was sent or queued arrives, once and in order, when the peer reads again',
    run: async (stage) => {
      const { conn, peer } = await meet(stage, stage.app())
      peer.pause()
      const taken = fill(conn)
      for (const i of range(taken, taken + 20)) assert.equal(conn.send(numbered(i)), 'queued')
      assert.equal(conn.send('end'), 'queued')
      peer.resume()
      assert.deepEqual(await numbersUntilEnd(peer), range(0, taken + 20))
    },
  },
  {
    name: 'bufferedAmount is what waits, and nothing once the peer has caught up',
    run: async (stage) => {
      const app = stage.app()
      const { conn, peer } = await meet(stage, app)
      peer.pause()
      const taken = fill(conn)
      const before = conn.bufferedAmount
      assert.ok(before > 0, 'something waits')
      for (const i of range(taken, taken + 3)) conn.send(numbered(i))
      assert.equal(conn.bufferedAmount, before + 3 * CHUNK)
      assert.equal(app.stats().gauges.outbox.bytes, 3 * CHUNK)
      peer.resume()
      await stage.until(() => conn.bufferedAmount === 0, 'nothing to wait any more')
      assert.equal(app.stats().gauges.outbox.bytes, 0)
    },
  },
  {
    name: 'drained() resolves when nothing waits any more, and not before',
    run: async (stage) => {
      const app = stage.app()
      const { conn, peer } = await meet(stage, app)
      peer.pause()
      const taken = fill(conn)
      for (const i of range(taken, taken + 10)) conn.send(numbered(i))
      const waiting: number[] = []
      const drained = conn.drained().then(() => void waiting.push(app.stats().gauges.outbox.bytes))
      await stage.clock.advance(0)
      assert.deepEqual(waiting, [])
      peer.resume()
      await drained
      assert.deepEqual(waiting, [0])
      await stage.until(() => conn.bufferedAmount === 0, 'the transport to have written all')
      assert.equal(conn.send('end'), 'sent')
      assert.deepEqual(await numbersUntilEnd(peer), range(0, taken + 10))
    },
  },
  {
    name: 'drained() resolves at once when nothing waits',
    run: async (stage) => {
      const { conn } = await meet(stage, stage.app())
      await conn.drained()
      assert.equal(conn.state, 'active')
    },
  },
  {
    name: 'drained() resolves when the connection ends, however much waits',
    run: async (stage) => {
      const { conn, peer } = await meet(stage, stage.app())
      peer.pause()
      conn.send(numbered(fill(conn)))
      const drained = conn.drained()
      conn.terminate()
      await drained
      assert.notEqual(conn.state, 'active')
      await conn.drained()
    },
  },
  {
    name: 'every waiter of drained() is called',
    run: async (stage) => {
      const { conn, peer } = await meet(stage, stage.app())
      peer.pause()
      conn.send(numbered(fill(conn)))
      const all = Promise.all([conn.drained(), conn.drained(), conn.drained()])
      peer.resume()
      assert.equal((await all).length, 3)
    },
  },
  {
    name: 'back-pressure is told once, until the peer has caught up',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.pause()
      const taken = fill(conn)
      for (const i of range(taken, taken + 3)) conn.send(numbered(i))
      const told = record.of('backpressure')
      assert.equal(told.length, 1)
      assert.equal(told[0]?.id, conn.id)
      assert.ok((told[0]?.buffered ?? 0) > 0, 'it says how much waits')
      peer.resume()
      await conn.drained()
      peer.pause()
      fill(conn)
      assert.equal(record.of('backpressure').length, 2)
    },
  },
  {
    name: 'a peer that does not read holds up no other connection',
    run: async (stage) => {
      const app = stage.app()
      const served = await stage.serve(app)
      const slow = await pair(app, served)
      const quick = await pair(app, served)
      slow.conn.join('news')
      quick.conn.join('news')
      slow.peer.pause()
      const taken = fill(slow.conn)
      for (const i of range(taken, taken + 10)) app.to('news').send(numbered(i))
      for (const i of range(taken, taken + 10)) assert.equal(numberOf(await quick.peer.next()), i)
      slow.conn.send('end')
      slow.peer.resume()
      assert.deepEqual(await numbersUntilEnd(slow.peer), range(0, taken + 10))
    },
  },
]
