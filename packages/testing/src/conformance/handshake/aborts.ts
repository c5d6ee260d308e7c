import { strict as assert } from 'node:assert'
import { type Middleware, pipeline } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { CUT_BY_NETWORK, endOf, errorCodeOf, Gate, only } from '../support.js'

/** How a client leaves: with a reset, or with the end of its side of the socket. */
type Way = 'cut' | 'end'
/** Where the pipeline waits meanwhile. */
type Place = 'outer' | 'inner' | 'authenticated' | 'bundled'

const WAYS = { cut: 'resets its socket', end: 'ends its socket' } as const
const PLACES = {
  outer: 'the first middleware waits',
  inner: 'a later middleware waits',
  authenticated: 'middleware waits after authenticate()',
  bundled: 'middleware of a bundle waits',
} as const
const UNWOUND: { readonly [P in Place]: readonly string[] } = {
  outer: ['outer finally', 'released'],
  inner: ['inner finally', 'outer finally', 'released'],
  authenticated: ['inner finally', 'outer finally', 'released'],
  bundled: ['inner finally', 'outer finally', 'released'],
}

/** Clients that leave before they were answered: the handshake is aborted, and everything taken for it given back. */
export const aborts: readonly Behaviour[] = [
  ...(['cut', 'end'] as const).flatMap((way) => [
    ...(['outer', 'inner', 'authenticated', 'bundled'] as const).map((place) => leavesWhile(place, way)),
    leavesAfterAccept(way),
  ]),
  {
    name: 'a resource that middleware takes after its client has left is given back',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      const log: string[] = []
      app.use(async (conn, next) => {
        await gate.opened
        log.push('taken')
        conn.defer(() => {
          log.push('given back')
        })
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const attempt = served.attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      const { signal } = only(app)
      attempt.cut()
      await stage.until(() => signal.aborted, 'the handshake is aborted')
      gate.open()
      await record.next('close')
      assert.deepEqual(log, ['taken', 'given back'])
      assert.equal(record.of('open').length, 0)
    },
  },
  {
    name: 'after the client has left, authenticate(), renew(), accept() and read() answer LINKSPAN_CLOSED, send() closed',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      const answers: (string | undefined)[] = []
      app.use(async (conn, next) => {
        await gate.opened
        answers.push(await errorCodeOf(() => conn.authenticate({ subject: 'ada' })))
        answers.push(await errorCodeOf(() => conn.renew({ subject: 'ada' })))
        answers.push(await errorCodeOf(() => conn.accept()))
        answers.push(await errorCodeOf(() => conn.read()))
        answers.push(conn.send('too late'))
        conn.join('lobby')
        answers.push(String(conn.topics.size))
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const attempt = served.attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      const { signal } = only(app)
      attempt.cut()
      await stage.until(() => signal.aborted, 'the handshake is aborted')
      gate.open()
      await record.next('close')
      const closed = 'LINKSPAN_CLOSED'
      assert.deepEqual(answers, [closed, closed, closed, closed, 'closed', '0'])
      assert.equal(app.stats().gauges.topics, 0)
    },
  },
  {
    name: 'middleware that gives up because its signal was aborted is no error',
    async run(stage) {
      const app = stage.app()
      app.use(
        (conn) =>
          new Promise<never>((_resolve, reject) => {
            conn.signal.addEventListener('abort', () => reject(conn.signal.reason))
          }),
      )
      const record = stage.record(app)
      const served = await stage.serve(app)
      const attempt = served.attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      attempt.cut()
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), CUT_BY_NETWORK)
      assert.equal(record.of('error').length, 0)
      assert.equal(record.of('reject').length, 0)
    },
  },
  {
    name: 'a refusal that comes after its client has left is discarded',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      app.use(async (conn) => {
        await gate.opened
        return conn.reject({ status: 401 })
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const attempt = served.attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      const { signal } = only(app)
      attempt.cut()
      await stage.until(() => signal.aborted, 'the handshake is aborted')
      gate.open()
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), CUT_BY_NETWORK)
      assert.equal(record.of('reject').length, 0)
      assert.equal(record.of('error').length, 0)
    },
  },
  {
    name: 'nothing is left of clients that leave during their handshake, however many',
    async run(stage) {
      const app = stage.app()
      let released = 0
      app.use(async (conn, next) => {
        conn.defer(() => {
          released += 1
        })
        await new Promise((resolve) => conn.signal.addEventListener('abort', resolve))
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const attempts = Array.from({ length: 20 }, () => served.attempt())
      await stage.until(() => app.connections.size === 20, 'all handshakes arrive')
      attempts.forEach((attempt, index) => {
        if (index % 2 === 0) attempt.cut()
        else attempt.end()
      })
      await stage.until(() => record.of('close').length === 20, 'all are closed')
      assert.equal(released, 20)
      assert.equal(app.connections.size, 0)
      const { gauges } = app.stats()
      assert.deepEqual(gauges.connections, { connecting: 0, authenticated: 0, active: 0, closing: 0 })
      assert.equal(gauges.timers, 0)
      assert.equal(stage.clock.pending, 0)
    },
  },
]

function leavesWhile(place: Place, way: Way): Behaviour {
  return {
    name: `a client that ${WAYS[way]} while ${PLACES[place]} is gone: 1006 by the network, and all is unwound`,
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      const log: string[] = []
      const inner: Middleware<{}, { late: boolean }> = async (conn, next) => {
        try {
          if (place === 'authenticated') conn.authenticate({ subject: 'ada' })
          await gate.opened
          return await next({ late: true })
        } finally {
          log.push('inner finally')
        }
      }
      const tooLate: Middleware<{ late: boolean }, {}> = (_conn, next) => {
        log.push('entered too late')
        return next()
      }
      app
        .use(async (conn, next) => {
          conn.defer(() => {
            log.push('released')
          })
          try {
            if (place === 'outer') await gate.opened
            return await next()
          } finally {
            log.push('outer finally')
          }
        })
        .use(place === 'bundled' ? pipeline<{}>().use(inner).use(tooLate) : inner)
        .use(tooLate)
      const record = stage.record(app)
      const served = await stage.serve(app)
      const attempt = served.attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      const conn = only(app)
      assert.equal(conn.state, place === 'authenticated' ? 'authenticated' : 'connecting')
      attempt[way]()
      await assert.rejects(attempt.answer)
      await stage.until(() => conn.signal.aborted, 'the signal is aborted')
      assert.equal(conn.state, 'closing')
      assert.deepEqual(log, [])
      gate.open()
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), CUT_BY_NETWORK)
      assert.deepEqual(log, UNWOUND[place])
      assert.equal(record.of('open').length, 0)
      assert.equal(record.of('reject').length, 0)
      assert.equal(record.of('error').length, 0)
    },
  }
}

function leavesAfterAccept(way: Way): Behaviour {
  return {
    name: `a client that ${WAYS[way]} after accept() is gone: 1006 by the network, and never active`,
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      const log: string[] = []
      app.use(async (conn, next) => {
        conn.defer(() => {
          log.push('released')
        })
        await conn.accept()
        try {
          await gate.opened
          return await next()
        } finally {
          log.push('finally')
        }
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      const conn = only(app)
      peer[way]()
      await stage.until(() => conn.signal.aborted, 'the signal is aborted')
      gate.open()
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), CUT_BY_NETWORK)
      assert.deepEqual(log, ['finally', 'released'])
      assert.equal(record.of('open').length, 0)
    },
  }
}
