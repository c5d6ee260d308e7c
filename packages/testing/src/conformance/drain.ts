import assert from 'node:assert/strict'
import type { DrainReport } from '@linkspan/core'
import type { Behaviour, Chapter } from '../behaviour.js'
import { meet, pairs } from './pair.js'
import { assertAlive, echo, endOf, errorCodeOf, Gate, refusalOf } from './support.js'

/** How an application ends its part: nobody new, everybody out, and a report. */
export const chapter: Chapter = {
  title: 'drain',
  behaviours: [...asking(), ...refusing(), ...waiting(), ...forcing()],
}

function asking(): Behaviour[] {
  return [
    {
      name: "drain() closes everybody with 1012 'restarting', and reports how many and how long",
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const all = await pairs(app, await stage.serve(app), 5)
        const report = app.drain()
        await stage.clock.advance(20_000)
        for (const { peer } of all) assert.deepEqual(await peer.closed, { code: 1012, reason: 'restarting' })
        const { closed, forced, duration } = await report
        assert.deepEqual({ closed, forced }, { closed: 5, forced: 0 })
        assert.ok(duration >= 0 && duration <= 20_000)
        const end = { code: 1012, reason: 'restarting', by: 'server', clean: true, wireCode: 1012 }
        for (const { info } of record.of('close')) assert.deepEqual(endOf(info), end)
        assert.equal(record.of('close').length, 5)
        assert.equal(app.connections.size, 0)
        assert.equal(app.stats().gauges.timers, 0)
      },
    },
    {
      name: 'drain() with a code and a reason closes with these',
      run: async (stage) => {
        const app = stage.app()
        const { peer } = await meet(stage, app)
        const report = app.drain({ code: 1001, reason: 'r'.repeat(200) })
        await stage.clock.advance(15_000)
        assert.deepEqual(await peer.closed, { code: 1001, reason: 'r'.repeat(123) })
        assert.equal((await report).closed, 1)
      },
    },
    {
      name: 'drain() with a code that must not be sent fails, and the application goes on as before',
      run: async (stage) => {
        const app = stage.app().message(echo)
        const served = await stage.serve(app)
        const peer = await served.connect()
        for (const code of [1005, 1006, 1015, 42]) {
          assert.equal(await errorCodeOf(() => app.drain({ code })), 'LINKSPAN_CLOSE_CODE')
        }
        await assertAlive(peer)
        await assertAlive(await served.connect())
      },
    },
    {
      name: 'drain() with times that are none fails, and the application goes on as before',
      run: async (stage) => {
        const app = stage.app().message(echo)
        const served = await stage.serve(app)
        for (const grace of [Number.NaN, -1, Number.POSITIVE_INFINITY, 2 ** 31]) {
          assert.equal(await errorCodeOf(() => app.drain({ grace })), 'LINKSPAN_OPTION')
        }
        for (const retryAfter of [Number.NaN, -1, 1.5]) {
          assert.equal(await errorCodeOf(() => app.drain({ retryAfter })), 'LINKSPAN_OPTION')
        }
        await assertAlive(await served.connect())
      },
    },
    {
      name: 'drain() of an empty application is done at once',
      run: async (stage) => {
        const app = stage.app()
        await stage.serve(app)
        assert.deepEqual(await app.drain(), { closed: 0, forced: 0, duration: 0 })
        assert.equal(stage.clock.pending, 0)
      },
    },
    {
      name: 'drain() asked again answers the same promise, also when it is over',
      run: async (stage) => {
        const app = stage.app()
        await meet(stage, app)
        const first = app.drain()
        assert.equal(app.drain({ code: 4000, grace: 1 }), first)
        await stage.clock.advance(15_000)
        const report: DrainReport = await first
        assert.equal(report.closed, 1)
        assert.equal(app.drain(), first)
      },
    },
  ]
}

function refusing(): Behaviour[] {
  return [
    {
      name: 'new upgrades are refused with 503 and Retry-After from the call on, and run no middleware',
      run: async (stage) => {
        let entered = 0
        const app = stage.app().use(async (_conn, next) => {
          entered += 1
          return next()
        })
        const served = await stage.serve(app)
        const gate = new Gate()
        await served.connect()
        const [conn] = app.connections
        conn?.defer(() => gate.opened)
        const report = app.drain()
        const during = refusalOf(await served.answer())
        assert.equal(during.status, 503)
        assert.match(during.headers['retry-after'] ?? '', /^[1-9][0-9]*$/)
        gate.open()
        await stage.clock.advance(15_000)
        await report
        const after = refusalOf(await served.answer())
        assert.equal(after.status, 503)
        assert.match(after.headers['retry-after'] ?? '', /^[1-9][0-9]*$/)
        assert.equal(entered, 1)
      },
    },
    {
      name: 'retryAfter is what refused upgrades are told, in seconds',
      run: async (stage) => {
        const app = stage.app()
        const served = await stage.serve(app)
        await app.drain({ retryAfter: 7 })
        assert.equal(refusalOf(await served.answer()).headers['retry-after'], '7')
      },
    },
    {
      name: 'a connection that is in its handshake when the drain comes to it is refused with 503 and Retry-After',
      run: async (stage) => {
        const gate = new Gate()
        const log: string[] = []
        const app = stage.app({ handshakeTimeout: 60_000 }).use(async (conn, next) => {
          conn.defer(() => void log.push('released'))
          await gate.opened
          return next()
        })
        const record = stage.record(app)
        const { answer } = (await stage.serve(app)).attempt()
        await stage.until(() => app.connections.size === 1, 'the upgrade to arrive')
        const report = app.drain()
        await stage.clock.advance(100)
        const refused = refusalOf(await answer)
        assert.equal(refused.status, 503)
        assert.match(refused.headers['retry-after'] ?? '', /^[1-9][0-9]*$/)
        gate.open()
        const { info } = await record.next('close')
        const end = { code: 1012, reason: 'restarting', by: 'server', clean: false, wireCode: undefined }
        assert.deepEqual(endOf(info), end)
        assert.deepEqual(log, ['released'])
        assert.equal((await report).closed, 1)
        assert.deepEqual(record.of('open'), [])
      },
    },
    {
      name: 'what the application is served by goes on refusing politely while it drains, for as long as it takes',
      run: async (stage) => {
        const app = stage.app()
        const served = await stage.serve(app)
        await app.drain()
        for (let i = 0; i < 10; i += 1) assert.equal(refusalOf(await served.answer()).status, 503)
        await stage.until(() => app.connections.size === 0, 'the refused ones to be gone')
        const { rejected, opened } = app.stats().totals
        assert.deepEqual({ rejected, opened }, { rejected: 10, opened: 0 })
      },
    },
  ]
}

function waiting(): Behaviour[] {
  return [
    {
      name: 'closes are spread over time, so that not everybody comes back at once',
      run: async (stage) => {
        const moments: number[] = []
        const app = stage.app().on('transition', (_conn, { to }) => {
          if (to === 'closing') moments.push(stage.clock.monotonic())
        })
        await pairs(app, await stage.serve(app), 40)
        const report = app.drain({ grace: 10_000 })
        assert.ok(moments.length < 40, 'all were closed in one go')
        await stage.clock.advance(9_000)
        assert.equal(moments.length, 40)
        assert.ok(new Set(moments).size >= 2, 'all were closed at one moment')
        assert.equal((await report).closed, 40)
      },
    },
    {
      name: 'connections that close by themselves meanwhile count as closed',
      run: async (stage) => {
        const app = stage.app()
        const all = await pairs(app, await stage.serve(app), 3)
        const report = app.drain()
        all[1]?.peer.close(1000)
        all[2]?.peer.cut()
        await stage.clock.advance(15_000)
        const { closed, forced } = await report
        assert.deepEqual({ closed, forced }, { closed: 3, forced: 0 })
      },
    },
    {
      name: 'handlers that run finish, and what is to be released is, before the drain is done',
      run: async (stage) => {
        const gate = new Gate()
        const log: string[] = []
        const app = stage
          .app()
          .use(async (conn, next) => {
            conn.defer(async () => void log.push('released'))
            return next()
          })
          .message(async (conn) => {
            log.push('starts')
            await gate.opened
            log.push(`ends while ${conn.state}`)
          })
        const { conn, peer } = await meet(stage, app)
        peer.send('go')
        await stage.until(() => log.length === 1, 'the handler to start')
        const report = app.drain().then(() => void log.push('drained'))
        await stage.clock.advance(100)
        await peer.closed
        assert.equal(conn.state, 'closing')
        assert.deepEqual(log, ['starts'])
        gate.open()
        await report
        assert.deepEqual(log, ['starts', 'ends while closing', 'released', 'drained'])
      },
    },
    {
      name: 'a release that throws stops no drain',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        record.expectErrors('LINKSPAN_RELEASE')
        const all = await pairs(app, await stage.serve(app), 3)
        for (const { conn } of all) {
          conn.defer(() => {
            throw new Error('never mind')
          })
        }
        const report = app.drain()
        await stage.clock.advance(15_000)
        assert.equal((await report).closed, 3)
        assert.equal(record.of('error').length, 3)
      },
    },
  ]
}

function forcing(): Behaviour[] {
  return [
    {
      name: 'what is left when the grace period ends is cut, and reported as forced',
      needs: ['closeAnswer'],
      run: async (stage) => {
        const app = stage.app({ closeTimeout: 60_000 })
        const record = stage.record(app)
        const all = await pairs(app, await stage.serve(app), 4)
        for (const { peer } of all.slice(0, 2)) peer.answersClose = false
        const report = app.drain({ grace: 8_000 })
        await stage.clock.advance(7_999)
        await stage.until(() => app.connections.size === 2, 'two connections to be closed')
        await stage.clock.advance(1)
        const { closed, forced, duration } = await report
        assert.deepEqual({ closed, forced, duration }, { closed: 2, forced: 2, duration: 8_000 })
        for (const { info } of record.of('close')) {
          assert.equal(info.code, 1012)
          assert.equal(info.by, 'server')
          assert.equal(info.wireCode, 1012)
        }
        assert.equal(record.of('close').filter(({ info }) => info.clean).length, 2)
      },
    },
    {
      name: 'the grace period is 30 s by default',
      needs: ['closeAnswer'],
      run: async (stage) => {
        const app = stage.app({ closeTimeout: 60_000, heartbeat: false })
        const { peer } = await meet(stage, app)
        peer.answersClose = false
        const report = app.drain()
        await stage.clock.advance(29_999)
        assert.equal(app.connections.size, 1)
        await stage.clock.advance(1)
        assert.deepEqual(await report, { closed: 0, forced: 1, duration: 30_000 })
      },
    },
  ]
}
