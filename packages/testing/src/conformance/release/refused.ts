import assert from 'node:assert/strict'
import type { LinkspanError } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { CUT_BY_NETWORK, endOf, Gate, refusalOf } from '../support.js'

/** A connection that never became active gives back what its middleware took. */
export const refused: readonly Behaviour[] = [
  {
    name: 'a handshake that an inner middleware refuses releases what the outer ones took',
    run: async (stage) => {
      const log: string[] = []
      const app = stage
        .app()
        .use(async (conn, next) => {
          conn.defer(() => void log.push('defer'))
          try {
            return await next()
          } finally {
            log.push('finally')
          }
        })
        .use(async (conn) => {
          conn.defer(() => void log.push('inner defer'))
          return conn.reject({ status: 402 })
        })
      const record = stage.record(app)
      assert.equal(refusalOf(await (await stage.serve(app)).answer()).status, 402)
      await record.next('close')
      assert.deepEqual(log, ['finally', 'inner defer', 'defer'])
    },
  },
  {
    name: 'a client that goes away during its handshake aborts it, and what was taken is released',
    run: async (stage) => {
      const gate = new Gate()
      const log: string[] = []
      const app = stage
        .app()
        .use(async (conn, next) => {
          conn.defer(() => void log.push('defer'))
          try {
            return await next()
          } finally {
            log.push(`finally, aborted: ${conn.signal.aborted}`)
          }
        })
        .use(async (conn, next) => {
          log.push('taken')
          await new Promise<void>((resolve) => conn.signal.addEventListener('abort', () => resolve()))
          log.push((conn.signal.reason as LinkspanError).code)
          gate.open()
          return next()
        })
      const record = stage.record(app)
      const attempt = (await stage.serve(app)).attempt()
      attempt.answer.catch(() => {})
      await stage.until(() => log.includes('taken'), 'the middleware to wait')
      attempt.cut()
      await gate.opened
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), CUT_BY_NETWORK)
      assert.deepEqual(log, ['taken', 'LINKSPAN_CLOSED', 'finally, aborted: true', 'defer'])
      assert.deepEqual(record.of('open'), [])
    },
  },
  {
    name: 'a FIN during the handshake aborts it as a reset does',
    run: async (stage) => {
      const log: string[] = []
      const app = stage.app().use(async (conn, next) => {
        conn.defer(() => void log.push('defer'))
        await new Promise<void>((resolve) => conn.signal.addEventListener('abort', () => resolve()))
        return next()
      })
      const record = stage.record(app)
      const attempt = (await stage.serve(app)).attempt()
      attempt.answer.catch(() => {})
      await stage.until(() => app.connections.size === 1, 'the upgrade to arrive')
      attempt.end()
      assert.deepEqual(endOf((await record.next('close')).info), CUT_BY_NETWORK)
      assert.deepEqual(log, ['defer'])
    },
  },
  {
    name: 'a handshake that runs out of time releases what was taken',
    run: async (stage) => {
      const log: string[] = []
      const app = stage.app().use(async (conn, next) => {
        conn.defer(() => void log.push('defer'))
        await new Promise<void>((resolve) => conn.signal.addEventListener('abort', () => resolve()))
        return next()
      })
      const record = stage.record(app)
      const { answer } = (await stage.serve(app)).attempt()
      await stage.until(() => app.connections.size === 1, 'the upgrade to arrive')
      await stage.clock.advance(3_000)
      assert.equal(refusalOf(await answer).status, 503)
      await record.next('close')
      assert.deepEqual(log, ['defer'])
      assert.equal(app.stats().gauges.timers, 0)
    },
  },
]
