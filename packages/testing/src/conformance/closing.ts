import assert from 'node:assert/strict'
import type { CloseInfo } from '@linkspan/core'
import { LinkspanError } from '@linkspan/core'
import type { Behaviour, Chapter } from '../behaviour.js'
import { meet, pair } from './pair.js'
import { assertAlive, echo, endOf, errorCodeOf, Gate } from './support.js'

const MAY_BE_SENT = [1000, 1001, 1008, 1009, 1011, 1012, 1013, 3000, 3999, 4000, 4321, 4999]
const MAY_NOT = [
  0, 999, 1002, 1003, 1004, 1005, 1006, 1007, 1010, 1014, 1015, 1016, 2000, 2999, 5000, 9999, -1,
]
const NO_CODES = [1000.5, Number.NaN, Number.POSITIVE_INFINITY, '1000', null, {}] as unknown as number[]

/** How we close: the codes, the reasons, and what a connection tells of its end. */
export const chapter: Chapter = {
  title: 'closing',
  behaviours: [...codes(), ...reasons(), ...told(), ...deadlines()],
}

function codes(): Behaviour[] {
  return [
    {
      name: 'every code that may be sent travels, and is what CloseInfo says',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const served = await stage.serve(app)
        for (const code of MAY_BE_SENT) {
          const { conn, peer } = await pair(app, served)
          conn.close(code, `with ${code}`)
          assert.deepEqual(await peer.closed, { code, reason: `with ${code}` })
          const { info } = await record.next('close')
          const end = { code, reason: `with ${code}`, by: 'server', clean: true, wireCode: code }
          assert.deepEqual(endOf(info), end)
        }
      },
    },
    {
      name: 'without a code it closes with 1000 and no reason',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { conn, peer } = await meet(stage, app)
        conn.close()
        assert.deepEqual(await peer.closed, { code: 1000, reason: '' })
        const { info } = await record.next('close')
        assert.deepEqual(endOf(info), { code: 1000, reason: '', by: 'server', clean: true, wireCode: 1000 })
      },
    },
    {
      name: 'a code that must not be sent throws LINKSPAN_CLOSE_CODE, and closes nothing',
      run: async (stage) => {
        const { conn, peer } = await meet(stage, stage.app().message(echo))
        for (const code of [...MAY_NOT, ...NO_CODES]) {
          assert.equal(
            await errorCodeOf(() => conn.close(code)),
            'LINKSPAN_CLOSE_CODE',
            `close(${String(code)})`,
          )
        }
        assert.equal(conn.state, 'active')
        assert.equal(conn.signal.aborted, false)
        await assertAlive(peer)
      },
    },
  ]
}

const CUTS: readonly (readonly [what: string, given: unknown, sent: string])[] = [
  ['123 bytes', 'a'.repeat(123), 'a'.repeat(123)],
  ['200 bytes', 'a'.repeat(200), 'a'.repeat(123)],
  ['200 characters of two bytes', 'é'.repeat(200), 'é'.repeat(61)],
  ['67 characters of three bytes', '€'.repeat(67), '€'.repeat(41)],
  ['50 characters of four bytes', '🍵'.repeat(50), '🍵'.repeat(30)],
  ['one byte, then characters of four', `a${'🍵'.repeat(50)}`, `a${'🍵'.repeat(30)}`],
  ['a lone surrogate', 'a\ud83cb', 'a\ufffdb'],
  ['a lone surrogate at the cut', `${'a'.repeat(122)}\ud83c`, 'a'.repeat(122)],
  ['nothing', undefined, ''],
  ['a number', 42, ''],
  ['null', null, ''],
  ['an object that has no string', Object.create(null), ''],
]

function reasons(): Behaviour[] {
  return [
    {
      name: 'a reason is cut to 123 bytes of UTF-8 at a character, what is no string is none, and CloseInfo has what was sent',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const served = await stage.serve(app)
        for (const [what, given, sent] of CUTS) {
          const { conn, peer } = await pair(app, served)
          conn.close(4000, given as string)
          assert.deepEqual(await peer.closed, { code: 4000, reason: sent }, what)
          assert.equal((await record.next('close')).info.reason, sent, what)
        }
      },
    },
  ]
}

function told(): Behaviour[] {
  return [
    {
      name: 'closed resolves with the same CloseInfo, whether asked for before the end or after it',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { conn } = await meet(stage, app)
        const before: Promise<CloseInfo> = conn.closed
        conn.close(4001, 'revoked')
        const { info } = await record.next('close')
        assert.deepEqual(await before, info)
        assert.deepEqual(await conn.closed, info)
        assert.equal(conn.state, 'closed')
      },
    },
    {
      name: 'closed never rejects, also when nobody waits for it',
      run: async (stage) => {
        const { conn, peer } = await meet(stage, stage.app())
        const closed = conn.closed
        peer.cut()
        assert.equal((await closed).code, 1006)
      },
    },
    {
      name: 'duration is the time from the upgrade request to the end of the socket',
      run: async (stage) => {
        const gate = new Gate()
        const app = stage.app({ heartbeat: false }).use(async (_conn, next) => {
          await gate.opened
          return next()
        })
        const record = stage.record(app)
        const served = await stage.serve(app)
        const peer = served.connect()
        await stage.until(() => app.connections.size === 1, 'the upgrade to arrive')
        await stage.clock.advance(1_000)
        gate.open()
        await record.next('open')
        await stage.clock.advance(60_234)
        ;(await peer).close(1000)
        assert.equal((await record.next('close')).info.duration, 61_234)
      },
    },
    {
      name: 'duration does not count the time that a handler or a release takes after the socket has gone',
      run: async (stage) => {
        const gate = new Gate()
        const app = stage.app({ heartbeat: false }).message(() => gate.opened)
        const record = stage.record(app)
        const { conn, peer } = await meet(stage, app)
        conn.defer(() => gate.opened)
        peer.send('take your time')
        await stage.until(() => app.stats().totals.received === 1, 'the message received')
        await stage.clock.advance(1_000)
        peer.close(1000)
        await stage.until(() => conn.state === 'closing', 'the connection to close')
        await stage.clock.advance(700)
        gate.open()
        assert.equal((await record.next('close')).info.duration, 1_000)
      },
    },
    {
      name: 'signal is aborted when closing begins, with LINKSPAN_CLOSED as its reason',
      run: async (stage) => {
        const { conn } = await meet(stage, stage.app())
        const { signal } = conn
        assert.equal(signal.aborted, false)
        assert.equal(conn.signal, signal)
        let aborted = 0
        signal.addEventListener('abort', () => {
          aborted += 1
        })
        conn.close(4000)
        assert.equal(signal.aborted, true)
        assert.equal(aborted, 1)
        assert.ok(signal.reason instanceof LinkspanError)
        assert.equal(signal.reason.code, 'LINKSPAN_CLOSED')
      },
    },
    {
      name: 'a signal that is asked for after closing began is aborted already',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { conn, peer } = await meet(stage, app)
        peer.close(1000)
        await record.next('close')
        assert.equal(conn.signal.aborted, true)
        assert.equal((conn.signal.reason as LinkspanError).code, 'LINKSPAN_CLOSED')
      },
    },
    {
      name: 'authenticate and renew throw LINKSPAN_CLOSED after closing began',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { conn } = await meet(stage, app)
        conn.close(1000)
        const call = [() => conn.authenticate({ subject: 'ada' }), () => conn.renew({ subject: 'ada' })]
        for (const late of call) assert.equal(await errorCodeOf(late), 'LINKSPAN_CLOSED')
        await record.next('close')
        for (const late of call) assert.equal(await errorCodeOf(late), 'LINKSPAN_CLOSED')
        assert.equal(conn.identity, null)
      },
    },
  ]
}

function deadlines(): Behaviour[] {
  return [
    {
      name: 'terminate() cuts the socket: 1006 by server, not clean, and no close frame',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { conn, peer } = await meet(stage, app)
        conn.terminate()
        const { info } = await record.next('close')
        assert.deepEqual(endOf(info), {
          code: 1006,
          reason: '',
          by: 'server',
          clean: false,
          wireCode: undefined,
        })
        assert.equal((await peer.closed).code, undefined)
      },
    },
    {
      name: 'a peer that never answers our close frame is gone after closeTimeout, 5 s by default',
      needs: ['closeAnswer'],
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { conn, peer } = await meet(stage, app)
        peer.answersClose = false
        conn.close(4000, 'go')
        await stage.clock.advance(4_999)
        assert.equal(conn.state, 'closing')
        await stage.clock.advance(1)
        const { info } = await record.next('close')
        assert.deepEqual(endOf(info), {
          code: 4000,
          reason: 'go',
          by: 'server',
          clean: false,
          wireCode: 4000,
        })
        assert.equal(info.duration, 5_000)
        assert.deepEqual(await peer.closed, { code: 4000, reason: 'go' })
      },
    },
    {
      name: 'a peer that answers our close frame by cutting the socket did not close cleanly',
      needs: ['closeAnswer'],
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { conn, peer } = await meet(stage, app)
        peer.answersClose = false
        conn.close(4000, 'go')
        peer.cut()
        const { info } = await record.next('close')
        assert.deepEqual(endOf(info), {
          code: 4000,
          reason: 'go',
          by: 'server',
          clean: false,
          wireCode: 4000,
        })
      },
    },
    {
      name: 'a connection that closed has left nothing behind: no timer, no topic, no entry',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { conn } = await meet(stage, app)
        conn.join('lobby')
        conn.close(1000)
        await record.next('close')
        assert.equal(app.connections.size, 0)
        assert.equal(app.connections.get(conn.id), undefined)
        assert.deepEqual(app.stats().gauges, {
          connections: { connecting: 0, authenticated: 0, active: 0, closing: 0 },
          timers: 0,
          topics: 0,
          inbox: { messages: 0, bytes: 0 },
          outbox: { bytes: 0 },
        })
      },
    },
  ]
}
