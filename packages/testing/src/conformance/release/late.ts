import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'

/** What is registered when the release has begun, or is over. */
export const late: readonly Behaviour[] = [
  {
    name: 'a defer that is registered during the release runs as well, as the last one taken',
    run: async (stage) => {
      const log: string[] = []
      const app = stage.app().use(async (conn, next) => {
        conn.defer(() => void log.push('first'))
        const end = await next()
        conn.defer(async () => {
          log.push('from a middleware')
          conn.defer(() => void log.push('from a defer'))
        })
        return end
      })
      const record = stage.record(app)
      const { conn } = await meet(stage, app)
      conn.close(1000)
      await record.next('close')
      assert.deepEqual(log, ['from a middleware', 'from a defer', 'first'])
    },
  },
  {
    name: 'a defer that comes after the end runs at once, and its failure is an error too',
    run: async (stage) => {
      const log: string[] = []
      const app = stage.app()
      const record = stage.record(app)
      const { conn } = await meet(stage, app)
      conn.close(1000)
      await record.next('close')
      conn.defer(() => void log.push('at once'))
      assert.deepEqual(log, ['at once'])
      conn.defer(() => {
        throw new Error('too late')
      })
      assert.equal((await record.next('error')).error.code, 'LINKSPAN_RELEASE')
    },
  },
]
