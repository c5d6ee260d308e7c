import assert from 'node:assert/strict'
import { type Connection, LinkspanError, linkspan } from '@linkspan/core'
import type { Behaviour, Chapter } from '../behaviour.js'
import { LogBook } from './log-book.js'
import { everyEnd } from './observing/ends.js'
import { lines } from './observing/lines.js'
import { logs } from './observing/logs.js'
import { statistics } from './observing/statistics.js'
import { meet } from './pair.js'
import { assertAlive, echo, refusalOf } from './support.js'

/** What an application tells of its connections: events, numbers, and a log that keeps secrets. */
export const chapter: Chapter = {
  title: 'observing',
  behaviours: [...events(), ...everyEnd, ...failures(), ...statistics, ...lines, ...logs],
}

function events(): Behaviour[] {
  return [
    {
      name: 'a life is told in order: two transitions, open, two transitions, close',
      run: async (stage) => {
        const told: string[] = []
        const app = stage
          .app()
          .on('transition', (conn, { from, to }) => void told.push(`${from} → ${to}, in ${conn.state}`))
          .on('open', (conn) => void told.push(`open, in ${conn.state}`))
          .on('close', (conn, info) => void told.push(`close ${info.code}, in ${conn.state}`))
        const record = stage.record(app)
        const { peer } = await meet(stage, app)
        peer.close(1000)
        await record.next('close')
        assert.deepEqual(told, [
          'connecting → authenticated, in authenticated',
          'authenticated → active, in active',
          'open, in active',
          'active → closing, in closing',
          'closing → closed, in closed',
          'close 1000, in closed',
        ])
      },
    },
    {
      name: 'a refusal is told with its status, code and reason, and then its end',
      run: async (stage) => {
        const app = stage
          .app()
          .use(async (conn) => conn.reject({ status: 429, reason: 'slow down', retryAfter: 3 }))
        const record = stage.record(app)
        refusalOf(await (await stage.serve(app)).answer())
        const { info, id } = await record.next('close')
        const { event: _, ...rejection } = await record.next('reject')
        assert.deepEqual(rejection, { id, status: 429, code: 4101, reason: 'slow down' })
        assert.equal(info.code, 4101)
        assert.deepEqual(
          record.all.map(({ event }) => event).filter((event) => event !== 'transition'),
          ['reject', 'close'],
        )
        assert.deepEqual(
          record.of('transition').map(({ from, to }) => `${from} → ${to}`),
          ['connecting → closing', 'closing → closed'],
        )
      },
    },
    {
      name: 'every listener is given the connection that handlers are given',
      run: async (stage) => {
        const conns = new Set<Connection<unknown>>()
        const app = stage
          .app()
          .message((conn) => void conns.add(conn))
          .on('open', (conn) => void conns.add(conn))
          .on('transition', (conn) => void conns.add(conn))
          .on('close', (conn) => void conns.add(conn))
        const { conn, peer } = await meet(stage, app)
        peer.send('hello')
        peer.close(1000)
        await conn.closed
        assert.deepEqual([...conns], [conn])
      },
    },
    {
      name: 'a listener that was taken off is not called any more, and the others are',
      run: async (stage) => {
        const told: string[] = []
        const first = (): void => void told.push('first')
        const second = (): void => void told.push('second')
        const app = stage.app().on('open', first).on('open', second)
        const served = await stage.serve(app)
        await served.connect()
        await stage.until(() => told.length === 2, 'both listeners to be called')
        app.off('open', first)
        await served.connect()
        await stage.until(() => told.length === 3, 'the second listener to be called')
        assert.deepEqual(told, ['first', 'second', 'second'])
      },
    },
  ]
}

function failures(): Behaviour[] {
  return [
    {
      name: 'a listener that throws is an error, and stops neither other listeners nor the connection',
      run: async (stage) => {
        const told: string[] = []
        const bad = (): never => {
          throw new Error('observers must not')
        }
        const app = stage.app().message(echo)
        app.on('transition', bad).on('open', bad).on('close', bad)
        app.on('open', () => void told.push('open')).on('close', () => void told.push('close'))
        const record = stage.record(app)
        const { peer } = await meet(stage, app)
        await assertAlive(peer)
        peer.close(1000)
        assert.equal((await record.next('close')).info.code, 1000)
        await stage.until(() => told.length === 2, 'the other listeners to be called')
        assert.deepEqual(told, ['open', 'close'])
        const errors = record.of('error')
        // Four transitions, open and close.
        assert.equal(errors.length, 6)
        for (const { error } of errors) {
          assert.equal(error.code, 'LINKSPAN_LISTENER')
          assert.equal((error.cause as Error).message, 'observers must not')
        }
      },
    },
    {
      name: 'a listener that rejects is an error, and no unhandled rejection',
      run: async (stage) => {
        // Types let such a listener through: nobody is warned.
        const rejects = (() => Promise.reject(new Error('observers are synchronous'))) as () => void
        const app = stage.app().on('close', rejects)
        const record = stage.record(app)
        const { conn } = await meet(stage, app)
        conn.close(1000)
        await conn.closed
        const { error } = await record.next('error')
        assert.equal(error.code, 'LINKSPAN_LISTENER')
        assert.equal((error.cause as Error).message, 'observers are synchronous')
      },
    },
    {
      name: 'a listener of error that throws goes to the logger, once, and stops nothing',
      run: async (stage) => {
        const log = new LogBook()
        const app = stage.app({ logger: log }).on('error', () => {
          throw new Error('not even this')
        })
        const record = stage.record(app)
        const { conn } = await meet(stage, app)
        conn.defer(() => {
          throw new Error('a release')
        })
        conn.close(1000)
        await record.next('close')
        assert.deepEqual(
          record.of('error').map(({ error }) => error.code),
          ['LINKSPAN_RELEASE'],
        )
        const [line, ...others] = log.at('error')
        assert.deepEqual(others, [])
        assert.equal(line?.fields['code'], 'LINKSPAN_LISTENER')
      },
    },
    {
      name: 'an error that nobody listens to goes to the logger, never nowhere',
      run: async (stage) => {
        const log = new LogBook()
        // Not one of the stage's own, for these are listened to.
        const app = linkspan({ origin: '*', clock: stage.clock, logger: log }).message(() => {
          throw new Error('nobody listens')
        })
        const { conn, peer } = await meet(stage, app)
        peer.send('go')
        assert.equal((await conn.closed).code, 1011)
        const [line, ...others] = log.at('error')
        assert.deepEqual(others, [])
        assert.equal(line?.fields['code'], 'LINKSPAN_HANDLER')
        assert.equal(line?.fields['connection'], conn.id)
        const err = line?.fields['err']
        assert.ok(err instanceof LinkspanError)
        assert.equal((err.cause as Error).message, 'nobody listens')
        assert.equal(app.stats().totals.errors, 1)
      },
    },
    {
      name: 'an error is told with the connection that it happened to',
      run: async (stage) => {
        const told: [string, string | undefined][] = []
        const app = stage
          .app()
          .on('error', (error, conn) => void told.push([error.code, conn?.id]))
          .use(async (conn, next) => {
            if (conn.request.path === '/bad') throw new Error('in a middleware')
            return next()
          })
        const record = stage.record(app)
        const served = await stage.serve(app)
        assert.equal(refusalOf(await served.answer({ path: '/bad' })).status, 500)
        const { id } = await record.next('close')
        assert.deepEqual(told, [['LINKSPAN_MIDDLEWARE', id]])
        record.expectErrors('LINKSPAN_MIDDLEWARE')
      },
    },
    {
      name: 'a logger that throws stops nothing',
      run: async (stage) => {
        const bad = (): never => {
          throw new Error('the disk is full')
        }
        const app = stage.app({ logger: { debug: bad, info: bad, warn: bad, error: bad } }).message(echo)
        const record = stage.record(app)
        record.expectErrors('LINKSPAN_LISTENER')
        const served = await stage.serve(app)
        const peer = await served.connect()
        await assertAlive(peer)
        peer.close(1000)
        assert.equal((await record.next('close')).info.code, 1000)
        await assertAlive(await served.connect())
      },
    },
  ]
}
