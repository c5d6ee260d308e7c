import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { CHUNK, fill, numbered, numbersUntilEnd, overfill, range } from '../backlog.js'
import { meet, pair } from '../pair.js'
import { assertAlive, echo, endOf } from '../support.js'

const BOUND = 262_144

/** What is given up when too much waits. */
export const overflow: readonly Behaviour[] = [
  {
    name: 'past the bound a slow consumer is cut with 4100, and no close frame travels',
    run: async (stage) => {
      const app = stage.app({ outbox: { bytes: BOUND } })
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.pause()
      const [next, result] = overfill(conn, fill(conn))
      assert.equal(result, 'dropped')
      assert.equal(conn.send(numbered(next)), 'closed')
      peer.resume()
      const { info } = await record.next('close')
      const { reason } = info
      assert.deepEqual(endOf(info), { code: 4100, reason, by: 'server', clean: false, wireCode: undefined })
      assert.equal((await peer.closed).code, undefined)
      assert.equal(app.stats().gauges.outbox.bytes, 0)
    },
  },
  {
    name: 'the bound is 1 MiB by default, and never passed',
    run: async (stage) => {
      const { conn, peer } = await meet(stage, stage.app())
      peer.pause()
      const taken = fill(conn)
      const before = conn.bufferedAmount
      const room = Math.floor((1_048_576 - before) / CHUNK)
      for (const i of range(taken, taken + room)) assert.equal(conn.send(numbered(i)), 'queued')
      assert.ok(conn.bufferedAmount <= 1_048_576)
      assert.equal(conn.send(numbered(taken + room)), 'dropped')
    },
  },
  {
    name: 'drop-newest answers dropped, tells and counts it, and sends what was queued before',
    run: async (stage) => {
      const app = stage.app({ outbox: { bytes: BOUND, overflow: 'drop-newest' } })
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.pause()
      const [next, result] = overfill(conn, fill(conn))
      assert.equal(result, 'dropped')
      assert.equal(conn.send(numbered(next)), 'dropped')
      assert.ok(conn.bufferedAmount <= BOUND)
      const drops = record.of('drop').map(({ id, direction, bytes }) => ({ id, direction, bytes }))
      const drop = { id: conn.id, direction: 'out', bytes: CHUNK }
      assert.deepEqual(drops, [drop, drop])
      assert.equal(app.stats().totals.dropped.out, 2)
      peer.resume()
      await conn.drained()
      conn.send('end')
      assert.deepEqual(await numbersUntilEnd(peer), range(0, next - 1))
    },
  },
  {
    name: 'drop-oldest makes room for the newest, tells and counts what it gave up, and keeps the order',
    run: async (stage) => {
      const app = stage.app({ outbox: { bytes: BOUND, overflow: 'drop-oldest' } })
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.pause()
      const taken = fill(conn)
      for (const i of range(taken, taken + 40)) assert.equal(conn.send(numbered(i)), 'queued')
      assert.ok(conn.bufferedAmount <= BOUND)
      const dropped = record.of('drop').length
      assert.ok(dropped > 0 && dropped < 40, `${dropped} of 40 were dropped`)
      assert.ok(record.of('drop').every((drop) => drop.direction === 'out' && drop.bytes === CHUNK))
      assert.equal(app.stats().totals.dropped.out, dropped)
      peer.resume()
      await conn.drained()
      conn.send('end')
      const arrived = await numbersUntilEnd(peer)
      assert.deepEqual(arrived, [...range(0, taken), ...range(taken + dropped, taken + 40)])
    },
  },
  {
    name: 'a peer that pings and never reads the pongs is a slow consumer too',
    run: async (stage) => {
      const app = stage.app({ outbox: { bytes: BOUND } }).message(echo)
      const record = stage.record(app)
      const served = await stage.serve(app)
      const neighbour = await pair(app, served)
      const { conn, peer } = await pair(app, served)
      peer.pause()
      const payload = new Uint8Array(125)
      for (let i = 0; i < 200 && conn.state === 'active'; i += 1) {
        for (let j = 0; j < 1_000; j += 1) peer.ping(payload)
        await assertAlive(neighbour.peer)
      }
      const { info, id } = await record.next('close')
      assert.equal(id, conn.id)
      const { reason } = info
      assert.deepEqual(endOf(info), { code: 4100, reason, by: 'server', clean: false, wireCode: undefined })
    },
  },
]
