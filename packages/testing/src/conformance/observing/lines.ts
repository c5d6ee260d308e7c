import assert from 'node:assert/strict'
import type { Connection, Linkspan } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { LogBook, type LogLine } from '../log-book.js'
import { meet } from '../pair.js'
import { refusalOf } from '../support.js'

/** What is logged: one line for each event of a life, the same on every transport. */
export const lines: readonly Behaviour[] = [
  {
    name: 'each end is one line of the log: connection, tenant, state, our code and the code on the wire',
    run: async (stage) => {
      const log = new LogBook()
      const app = stage.app({ logger: log }).use(async (conn, next) => {
        conn.authenticate({ subject: 'ada', tenant: 'acme' })
        return next()
      })
      const { conn } = await meet(stage, app)
      assert.deepEqual(log.ends, [])
      conn.close(4001, 'revoked')
      await conn.closed
      assertLine(log.ends, conn, {
        level: 'info',
        message: 'linkspan: connection closed',
        fields: {
          event: 'connection.closed',
          tenant: 'acme',
          state: 'closed',
          code: 4001,
          reason: 'revoked',
          by: 'server',
          clean: true,
          wireCode: 4001,
        },
      })
    },
  },
  {
    name: 'our code and the code on the wire are told apart in the log, and a fault of ours is a warning',
    run: async (stage) => {
      const log = new LogBook()
      const app = stage.app({ logger: log, heartbeat: { interval: 1_000, misses: 1 } })
      const { conn, peer } = await meet(stage, app)
      peer.answersPings = false
      await stage.clock.advance(2_000)
      await conn.closed
      assertLine(log.ends, conn, {
        level: 'warn',
        message: 'linkspan: connection closed',
        fields: {
          event: 'connection.closed',
          tenant: undefined,
          state: 'closed',
          code: 4102,
          reason: 'no heartbeat',
          by: 'server',
          clean: false,
          wireCode: undefined,
        },
      })
    },
  },
  {
    name: 'a refusal is one line of the log too: its status, and the middleware that refused',
    run: async (stage) => {
      const log = new LogBook()
      const app = stage
        .app({ logger: log })
        .use((_conn, next) => next())
        .use(async function tokens(conn) {
          return conn.reject({ status: 401, reason: 'no token' })
        })
      const closing = firstToClose(app)
      refusalOf(await (await stage.serve(app)).answer())
      const conn = await closing
      assertLine(log.ends, conn, {
        level: 'info',
        message: 'linkspan: connection refused',
        fields: {
          event: 'connection.refused',
          tenant: undefined,
          state: 'closed',
          status: 401,
          middleware: 'tokens',
          code: 4010,
          reason: 'no token',
          by: 'server',
          clean: false,
          wireCode: undefined,
        },
      })
    },
  },
  {
    name: 'a client that leaves before it is answered is one line of the log too, and no refusal',
    run: async (stage) => {
      const log = new LogBook()
      const app = stage.app({ logger: log }).use(async function waiting(conn, next) {
        await new Promise<void>((resolve) => conn.signal.addEventListener('abort', () => resolve()))
        return next()
      })
      const closing = firstToClose(app)
      const attempt = (await stage.serve(app)).attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      attempt.cut()
      const conn = await closing
      assertLine(log.ends, conn, {
        level: 'info',
        message: 'linkspan: connection aborted',
        fields: {
          event: 'connection.aborted',
          tenant: undefined,
          state: 'closed',
          status: undefined,
          middleware: 'waiting',
          code: 1006,
          reason: '',
          by: 'network',
          clean: false,
          wireCode: undefined,
        },
      })
    },
  },
  {
    name: 'a life, and a drain, are told in the log in order, and an opened connection at debug',
    run: async (stage) => {
      const log = new LogBook()
      const app = stage.app({ logger: log })
      const { conn, peer } = await meet(stage, app)
      const report = app.drain({ grace: 1_000 })
      await stage.clock.advance(1_000)
      await peer.closed
      await report
      assert.deepEqual(
        log.lines.map(({ level, fields }) => [level, fields['event'], fields['connection']]),
        [
          ['debug', 'connection.opened', conn.id],
          ['info', 'drain.began', undefined],
          ['info', 'connection.closed', conn.id],
          ['info', 'drain.ended', undefined],
        ],
      )
    },
  },
  {
    name: 'under flood each kind has so many lines a second, and one that tells how many there are not',
    run: async (stage) => {
      const log = new LogBook()
      const app = stage
        .app({ logger: log, log: { perSecond: 2 } })
        .use(async (conn) => conn.reject({ status: 429 }))
      const served = await stage.serve(app)
      for (let each = 0; each < 7; each += 1) refusalOf(await served.answer())
      await stage.until(() => app.stats().totals.closed === 7, 'all of them to close')
      assert.equal(log.lines.length, 2)
      assert.equal(app.stats().gauges.timers, 1)
      await stage.clock.advance(1_000)
      const { level, fields } = log.lines[2] as LogLine
      assert.deepEqual(
        { level, fields },
        {
          level: 'info',
          fields: {
            event: 'log.suppressed',
            of: 'connection.refused',
            code: 4101,
            by: 'server',
            suppressed: 5,
          },
        },
      )
      assert.equal(app.stats().gauges.timers, 0)
    },
  },
]

/** The connection that is the first to close. */
function firstToClose(app: Linkspan<unknown>): Promise<Connection<unknown>> {
  return new Promise((resolve) => {
    app.on('close', (conn) => resolve(conn as Connection<unknown>))
  })
}

/** The one line there is: of this connection, of what carries it, with a duration, and otherwise as it is to be. */
function assertLine(
  [line, ...others]: readonly LogLine[],
  conn: Connection<unknown>,
  expected: LogLine,
): void {
  assert.deepEqual(others, [])
  const { duration, ...fields } = line?.fields ?? {}
  assert.ok(Number.isInteger(duration) && Number(duration) >= 0)
  const { id: connection, via } = conn
  assert.deepEqual({ ...line, fields }, { ...expected, fields: { connection, via, ...expected.fields } })
}
