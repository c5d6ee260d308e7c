import assert from 'node:assert/strict'
import type { Connection } from '@linkspan/core'
import type { Behaviour, Stage } from '../../behaviour.js'
import type { Recorder } from '../../recorder.js'
import { meet } from '../pair.js'
import { Gate } from '../support.js'

const never = (): Promise<never> => new Promise(() => {})

/** What never settles is abandoned at a deadline, said aloud, and holds back nothing else. */
export const hanging: readonly Behaviour[] = [
  {
    name: 'a defer that never settles is abandoned after releaseTimeout, 10 s by default, and the others still run',
    run: async (stage) => {
      const log: string[] = []
      const app = stage.app()
      const record = stage.record(app)
      const { conn } = await meet(stage, app)
      conn.defer(() => void log.push('first'))
      conn.defer(async () => {
        log.push('second')
        await Promise.reject(new Error('also after that'))
      })
      conn.defer(() => {
        log.push('third hangs')
        return never()
      })
      conn.close(4001, 'go')
      await stage.until(() => log.length === 1, 'the last defer to start')
      await stage.clock.advance(9_999)
      assert.deepEqual(log, ['third hangs'])
      assert.equal(conn.state, 'closing')
      await stage.clock.advance(1)
      assert.equal((await record.next('close')).info.code, 4001)
      assert.equal(conn.state, 'closed')
      assert.deepEqual(log, ['third hangs', 'second', 'first'])
      await record.next('error')
      await record.next('error')
      assert.deepEqual(errorsOf(record, conn), ['LINKSPAN_RELEASE_TIMEOUT', 'LINKSPAN_RELEASE'])
    },
  },
  {
    name: 'a middleware that never unwinds is abandoned after releaseTimeout, and the defers still run',
    run: async (stage) => {
      const log: string[] = []
      const app = stage.app({ releaseTimeout: 500 }).use(async (conn, next) => {
        conn.defer(() => void log.push('defer'))
        await next()
        log.push('hangs')
        return never()
      })
      const record = stage.record(app)
      const { conn } = await meet(stage, app)
      conn.close(1000)
      await stage.until(() => log.length === 1, 'the middleware to unwind')
      await stage.clock.advance(499)
      assert.deepEqual(log, ['hangs'])
      await stage.clock.advance(1)
      await record.next('close')
      assert.deepEqual(log, ['hangs', 'defer'])
      assert.deepEqual(errorsOf(record, conn), ['LINKSPAN_RELEASE_TIMEOUT'])
    },
  },
  {
    name: 'a handler that never settles is abandoned after releaseTimeout; middlewares unwind, defers run',
    run: async (stage) => {
      const log: string[] = []
      const app = stage
        .app()
        .use(async (conn, next) => {
          conn.defer(() => void log.push('defer'))
          const end = await next()
          log.push('middleware')
          return end
        })
        .message(() => {
          log.push('hangs')
          return never()
        })
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.send('go')
      await stage.until(() => log.length === 1, 'the handler to start')
      conn.close(1000)
      await peer.closed
      await expire(stage)
      await record.next('close')
      assert.deepEqual([...log].sort(), ['defer', 'hangs', 'middleware'])
      assert.deepEqual(errorsOf(record, conn), ['LINKSPAN_RELEASE_TIMEOUT'])
    },
  },
  {
    name: 'what was abandoned may settle later, and does no harm',
    run: async (stage) => {
      const gate = new Gate()
      const log: string[] = []
      const app = stage.app().message(async (conn) => {
        log.push('hangs')
        await gate.opened
        log.push(conn.send('late'))
        conn.join('lobby')
        conn.defer(() => void log.push('given back'))
        throw new Error('late')
      })
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.send('go')
      await stage.until(() => log.length === 1, 'the handler to start')
      conn.close(1000)
      await peer.closed
      await expire(stage)
      await record.next('close')
      gate.open()
      await stage.until(() => log.length === 3, 'the handler to go on')
      await stage.clock.advance(0)
      assert.deepEqual(log, ['hangs', 'closed', 'given back'])
      assert.equal(record.of('close').length, 1)
      assert.equal(app.stats().gauges.topics, 0)
      record.expectErrors('LINKSPAN_RELEASE_TIMEOUT', 'LINKSPAN_HANDLER')
    },
  },
  {
    name: 'a connection that hangs holds back no other',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const served = await stage.serve(app)
      await served.connect()
      await served.connect()
      const [hangs, goes] = [...app.connections]
      hangs?.defer(never)
      hangs?.close(1000)
      goes?.close(1000)
      assert.equal((await record.next('close')).id, goes?.id)
      await stage.until(() => app.connections.size === 1, 'one connection to be gone')
      await expire(stage)
      assert.equal((await record.next('close')).id, hangs?.id)
      record.expectErrors('LINKSPAN_RELEASE_TIMEOUT')
    },
  },
]

/** Lets both deadlines of an end pass: that of the closing handshake, and that of the release. */
async function expire(stage: Stage): Promise<void> {
  await stage.clock.advance(5_000)
  await stage.clock.advance(10_000)
}

function errorsOf(record: Recorder, conn: Connection<unknown>): string[] {
  return record
    .of('error')
    .map(({ id, error }) => (id === conn.id ? error.code : `of another: ${error.code}`))
}
