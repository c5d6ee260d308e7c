import { strict as assert } from 'node:assert'
import type { Behaviour } from '../../behaviour.js'
import type { VirtualClock } from '../../clock.js'
import { meet } from '../pair.js'
import { assertAlive, echo, endOf } from '../support.js'
import { leased } from './leased.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** The longest delay that timers take, in milliseconds. */
const LONGEST = 2 ** 31 - 1

/** `expiresAt`: announced a minute before, and the end of the connection. */
export const expiry: readonly Behaviour[] = [
  {
    name: 'expiring is told 60 s before the end of a lease, once',
    async run(stage) {
      const expiresAt = stage.clock.now() + HOUR
      const { peer, record } = await leased(stage, { subject: 'ada', expiresAt })
      await stage.clock.advance(HOUR - MINUTE - 1)
      assert.equal(record.of('expiring').length, 0)
      await stage.clock.advance(1)
      assert.deepEqual(
        record.of('expiring').map((lease) => ({ expiresAt: lease.expiresAt, in: lease.in })),
        [{ expiresAt, in: 60_000 }],
      )
      await stage.clock.advance(MINUTE - 1)
      assert.equal(record.of('expiring').length, 1)
      await assertAlive(peer)
    },
  },
  {
    name: 'a lease that ends closes with 4200',
    async run(stage) {
      const expiresAt = stage.clock.now() + HOUR
      const { conn, peer, record } = await leased(stage, { subject: 'ada', expiresAt })
      await stage.clock.advance(HOUR - 1)
      assert.equal(conn.state, 'active')
      await assertAlive(peer)
      await stage.clock.advance(1)
      const { code, reason } = await peer.closed
      assert.equal(code, 4200)
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), { code: 4200, reason, by: 'server', clean: true, wireCode: 4200 })
      assert.equal(record.of('error').length, 0)
    },
  },
  {
    name: 'expiring is told at once when less than 60 s are left',
    async run(stage) {
      const expiresAt = stage.clock.now() + 10_000
      const { peer, record } = await leased(stage, { subject: 'ada', expiresAt })
      await stage.clock.advance(0)
      assert.deepEqual(
        record.of('expiring').map((lease) => ({ expiresAt: lease.expiresAt, in: lease.in })),
        [{ expiresAt, in: 10_000 }],
      )
      await stage.clock.advance(9_999)
      await assertAlive(peer)
      await stage.clock.advance(1)
      assert.equal((await peer.closed).code, 4200)
      await record.next('close')
      assert.equal(record.of('expiring').length, 1)
    },
  },
  {
    name: 'a lease that is over when the connection becomes active closes with 4200 at once',
    async run(stage) {
      const app = stage.app({ heartbeat: false })
      app.use((conn, next) => {
        conn.authenticate({ subject: 'ada', expiresAt: stage.clock.now() - 1 })
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const answer = await served.answer()
      await stage.clock.advance(0)
      assert.equal((await record.next('close')).info.code, 4200)
      if (answer.upgraded) assert.equal((await answer.peer.closed).code, 4200)
    },
  },
  {
    name: 'an identity without an end never expires',
    async run(stage) {
      const { peer, app, record } = await leased(stage, { subject: 'ada' })
      assert.equal(app.stats().gauges.timers, 0)
      await stage.clock.advance(10 * 365 * 24 * HOUR)
      await assertAlive(peer)
      assert.equal(record.of('expiring').length, 0)
    },
  },
  {
    name: 'a lease longer than any timer, 2^31 ms and more, ends to the millisecond',
    async run(stage) {
      const length = 2 * LONGEST + HOUR
      const expiresAt = stage.clock.now() + length
      const delays = delaysAskedOf(stage.clock)
      const { peer, record } = await leased(stage, { subject: 'ada', expiresAt })
      await stage.clock.advance(length - MINUTE - 1)
      assert.equal(record.of('expiring').length, 0)
      await stage.clock.advance(1)
      const [{ in: left } = {}] = record.of('expiring')
      assert.equal(left, 60_000)
      await stage.clock.advance(MINUTE - 1)
      await assertAlive(peer)
      await stage.clock.advance(1)
      assert.equal((await peer.closed).code, 4200)
      await record.next('close')
      for (const delay of delays) assert.ok(delay >= 0 && delay <= LONGEST, `a timer of ${delay} ms`)
    },
  },
  ...(
    [
      ['the last instant of a Date', 8.64e15],
      ['the largest safe integer', Number.MAX_SAFE_INTEGER],
    ] as const
  ).map(
    ([what, expiresAt]): Behaviour => ({
      name: `a lease until ${what} is not cut short`,
      async run(stage) {
        const { peer, record } = await leased(stage, { subject: 'ada', expiresAt })
        await stage.clock.advance(0)
        await stage.clock.advance(3 * LONGEST)
        await assertAlive(peer)
        assert.equal(record.of('expiring').length, 0)
        peer.close(1000)
        assert.equal((await record.next('close')).info.code, 1000)
        assert.equal(stage.clock.pending, 0)
      },
    }),
  ),
  {
    name: 'a connection that closes before its lease ends hears nothing more of it',
    async run(stage) {
      const expiresAt = stage.clock.now() + HOUR
      const { peer, app, record } = await leased(stage, { subject: 'ada', expiresAt })
      assert.equal(app.stats().gauges.timers, 1)
      peer.close(1000)
      await record.next('close')
      assert.equal(app.stats().gauges.timers, 0)
      assert.equal(stage.clock.pending, 0)
      await stage.clock.advance(2 * HOUR)
      assert.equal(record.of('expiring').length, 0)
      assert.equal(record.of('close').length, 1)
    },
  },
  {
    name: 'the lease of a client that authenticates in band counts from expiresAt all the same',
    async run(stage) {
      const app = stage.app({ heartbeat: false })
      app
        .use(async (conn, next) => {
          await conn.accept()
          const hello = await conn.read()
          conn.authenticate({ subject: hello.text(), expiresAt: stage.clock.now() + HOUR })
          return next()
        })
        .message(echo)
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.send('ada')
      await record.next('open')
      await stage.clock.advance(HOUR - MINUTE)
      assert.equal(record.of('expiring').length, 1)
      await stage.clock.advance(MINUTE)
      assert.equal((await peer.closed).code, 4200)
      await record.next('close')
    },
  },
  {
    name: 'every connection has its own lease',
    async run(stage) {
      const app = stage.app({ heartbeat: false })
      const now = stage.clock.now()
      app
        .use((conn, next) => {
          const minutes = Number(conn.request.query.get('minutes'))
          conn.authenticate({ subject: 'ada', expiresAt: now + minutes * MINUTE })
          return next()
        })
        .message(echo)
      const record = stage.record(app)
      const first = await meet(stage, app, { path: '/?minutes=5' })
      const second = await meet(stage, app, { path: '/?minutes=10' })
      await stage.clock.advance(5 * MINUTE)
      assert.equal((await first.peer.closed).code, 4200)
      assert.equal((await record.next('close')).id, first.conn.id)
      await assertAlive(second.peer)
      await stage.clock.advance(5 * MINUTE)
      assert.equal((await second.peer.closed).code, 4200)
      assert.equal((await record.next('close')).id, second.conn.id)
    },
  },
]

/** Writes down every delay that is asked of a clock from now on. */
function delaysAskedOf(clock: VirtualClock): readonly number[] {
  const delays: number[] = []
  const schedule = clock.setTimeout.bind(clock)
  clock.setTimeout = (callback, delay) => {
    delays.push(delay)
    return schedule(callback, delay)
  }
  return delays
}
