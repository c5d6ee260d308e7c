import assert from 'node:assert/strict'
import type { Behaviour, Chapter } from '../behaviour.js'
import { CHUNK, fill, numbered, numberOf, numbersUntilEnd, overfill, range } from './backlog.js'
import { meet, pair } from './pair.js'
import { assertAlive, echo, endOf } from './support.js'

const BOUND = 262_144

/** What waits for a slow peer: in order, bounded, and given up by the policy that was chosen. */
export const chapter: Chapter = {
  title: 'the outbox',
  behaviours: [...backPressure(), ...overflow(), ...large()],
}

function backPressure(): Behaviour[] {
  return [
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
        const { conn, peer } = await meet(stage, stage.app())
        peer.pause()
        conn.send(numbered(fill(conn)))
        const amounts: number[] = []
        const drained = conn.drained().then(() => void amounts.push(conn.bufferedAmount))
        await stage.clock.advance(0)
        assert.deepEqual(amounts, [])
        peer.resume()
        await drained
        assert.deepEqual(amounts, [0])
        assert.equal(conn.send('and on'), 'sent')
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
}

function overflow(): Behaviour[] {
  return [
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
  ]
}

function large(): Behaviour[] {
  return [
    {
      name: 'one message larger than the bound goes when nothing waits',
      run: async (stage) => {
        const app = stage.app({ outbox: { bytes: 1_024 } }).message(echo)
        const { conn, peer } = await meet(stage, app)
        await assertAlive(peer)
        assert.match(conn.send('x'.repeat(1_000_000)), /^(sent|queued)$/)
        assert.equal((await peer.next()).length, 1_000_000)
        await conn.drained()
        assert.match(conn.send('y'.repeat(1_000_000)), /^(sent|queued)$/)
        assert.equal((await peer.next()).length, 1_000_000)
      },
    },
    {
      name: 'one message larger than the bound waits for a connection that is not active yet',
      run: async (stage) => {
        const results: string[] = []
        const app = stage
          .app({ outbox: { bytes: 1_024, overflow: 'drop-newest' } })
          .use(async (conn, next) => {
            results.push(conn.send('x'.repeat(4_096)), conn.send('no room'))
            return next()
          })
        const { peer } = await meet(stage, app)
        assert.deepEqual(results, ['queued', 'dropped'])
        assert.equal(await peer.next(), 'x'.repeat(4_096))
        assert.equal(peer.received, 0)
      },
    },
  ]
}
