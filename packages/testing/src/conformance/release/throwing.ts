import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'

/** A release that fails stops no other. */
export const throwing: readonly Behaviour[] = [
  {
    name: 'defers that throw or reject are errors, and stop no other',
    run: async (stage) => {
      const log: string[] = []
      const app = stage.app()
      const record = stage.record(app)
      const { conn } = await meet(stage, app)
      conn.defer(() => void log.push('first'))
      conn.defer(() => Promise.reject(new Error('rejected')))
      conn.defer(() => void log.push('third'))
      conn.defer(() => {
        throw new Error('thrown')
      })
      conn.defer(() => void log.push('fifth'))
      conn.close(1000)
      assert.equal((await record.next('close')).info.code, 1000)
      assert.deepEqual(log, ['fifth', 'third', 'first'])
      const errors = record
        .of('error')
        .map(({ id, error }) => [id, error.code, (error.cause as Error).message])
      assert.deepEqual(errors, [
        [conn.id, 'LINKSPAN_RELEASE', 'thrown'],
        [conn.id, 'LINKSPAN_RELEASE', 'rejected'],
      ])
    },
  },
  {
    name: 'a middleware that throws while it unwinds is an error, and stops neither the outer ones nor the defers',
    run: async (stage) => {
      const log: string[] = []
      const app = stage
        .app()
        .use(async (conn, next) => {
          conn.defer(() => void log.push('defer'))
          try {
            return await next()
          } finally {
            log.push('outer')
          }
        })
        .use(async (_conn, next) => {
          await next()
          throw new Error('on the way out')
        })
      const record = stage.record(app)
      const { conn } = await meet(stage, app)
      conn.close(4001, 'go')
      const { info } = await record.next('close')
      assert.equal(info.code, 4001)
      assert.deepEqual(log, ['outer', 'defer'])
      const errors = record.of('error').map(({ error }) => [error.code, (error.cause as Error).message])
      assert.deepEqual(errors, [['LINKSPAN_MIDDLEWARE', 'on the way out']])
    },
  },
]
