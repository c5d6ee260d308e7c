import assert from 'node:assert/strict'
import type { CloseInfo } from '@linkspan/core'
import type { Behaviour, Chapter } from '../behaviour.js'
import { meet } from './pair.js'
import { hanging } from './release/hanging.js'
import { refused } from './release/refused.js'
import { Gate } from './support.js'

/** What was taken is given back: once, in reverse order, whatever happened. */
export const chapter: Chapter = {
  title: 'release',
  behaviours: [...order(), ...throwing(), ...late(), ...refused, ...hanging],
}

function order(): Behaviour[] {
  return [
    {
      name: 'defers run once each, the last registered first',
      run: async (stage) => {
        const log: string[] = []
        const app = stage.app().use(async (conn, next) => {
          conn.defer(() => void log.push('first'))
          conn.defer(async () => void log.push('second'))
          return next()
        })
        const record = stage.record(app)
        const { conn } = await meet(stage, app)
        conn.defer(() => void log.push('third'))
        assert.deepEqual(log, [])
        conn.close(1000)
        conn.close(1000)
        await record.next('close')
        assert.deepEqual(log, ['third', 'second', 'first'])
      },
    },
    {
      name: 'each defer is awaited before the next one starts',
      run: async (stage) => {
        const gates = [new Gate(), new Gate()]
        const log: string[] = []
        const app = stage.app()
        const record = stage.record(app)
        const { conn } = await meet(stage, app)
        for (const [i, gate] of gates.entries()) {
          conn.defer(async () => {
            log.push(`${i} starts`)
            await gate.opened
            log.push(`${i} ends`)
          })
        }
        conn.close(1000)
        gates[0]?.open()
        await stage.until(() => log.length === 1, 'the last defer to start')
        await stage.clock.advance(0)
        assert.deepEqual(log, ['1 starts'])
        gates[1]?.open()
        await record.next('close')
        assert.deepEqual(log, ['1 starts', '1 ends', '0 starts', '0 ends'])
      },
    },
    {
      name: 'middlewares unwind first, innermost first, each with the same CloseInfo; then the defers run',
      run: async (stage) => {
        const log: string[] = []
        const ends: CloseInfo[] = []
        const app = stage
          .app()
          .use(async (conn, next) => {
            conn.defer(() => void log.push('outer defer'))
            const end = await next()
            log.push('outer')
            ends.push(end)
            return end
          })
          .use(async (conn, next) => {
            conn.defer(() => void log.push('inner defer'))
            const end = await next()
            await undefined
            log.push('inner')
            ends.push(end)
            return end
          })
        const record = stage.record(app)
        const { conn } = await meet(stage, app)
        conn.close(4001, 'go')
        const { info } = await record.next('close')
        assert.deepEqual(log, ['inner', 'outer', 'inner defer', 'outer defer'])
        assert.deepEqual(ends, [info, info])
      },
    },
    {
      name: 'the handler that runs is awaited before anything is released',
      run: async (stage) => {
        const gate = new Gate()
        const log: string[] = []
        const app = stage
          .app()
          .use(async (conn, next) => {
            conn.defer(() => void log.push('defer'))
            const end = await next()
            log.push('middleware')
            return end
          })
          .message(async () => {
            log.push('handler starts')
            await gate.opened
            log.push('handler ends')
          })
        const record = stage.record(app)
        const { peer } = await meet(stage, app)
        peer.send('go')
        await stage.until(() => log.length === 1, 'the handler to start')
        peer.close(1000)
        await peer.closed
        await stage.clock.advance(0)
        assert.deepEqual(log, ['handler starts'])
        gate.open()
        await record.next('close')
        assert.deepEqual(log, ['handler starts', 'handler ends', 'middleware', 'defer'])
      },
    },
    {
      name: 'a connection is closed only when everything is released, and forgotten then',
      run: async (stage) => {
        const gate = new Gate()
        const states: string[] = []
        const app = stage.app()
        const record = stage.record(app)
        const { conn } = await meet(stage, app)
        let resolved = false
        void conn.closed.then(() => {
          resolved = true
        })
        conn.defer(() => void states.push(conn.state))
        conn.defer(async () => {
          states.push(conn.state)
          await gate.opened
          states.push(conn.state)
        })
        conn.close(1000)
        await stage.until(() => states.length === 1, 'the last defer to start')
        await stage.clock.advance(0)
        assert.equal(resolved, false)
        assert.equal(app.connections.get(conn.id), conn)
        assert.deepEqual(record.of('close'), [])
        gate.open()
        await conn.closed
        assert.deepEqual(states, ['closing', 'closing', 'closing'])
        assert.equal(conn.state, 'closed')
        assert.equal(app.connections.get(conn.id), undefined)
      },
    },
  ]
}

function throwing(): Behaviour[] {
  return [
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
}

function late(): Behaviour[] {
  return [
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
}
