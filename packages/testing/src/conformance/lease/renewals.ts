import { strict as assert } from 'node:assert'
import { type Identity, LinkspanError } from '@linkspan/core'
import type { Behaviour, Stage } from '../../behaviour.js'
import { meet } from '../pair.js'
import { assertAlive, echo, endOf, errorCodeOf, refusalOf } from '../support.js'
import { leased } from './leased.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** `renew()`: the same subject and tenant for longer, or an error. */
export const renewals: readonly Behaviour[] = [
  {
    name: 'renew() in the expiring event keeps the connection until the new end',
    async run(stage) {
      const start = stage.clock.now()
      const { app, peer, record } = await leased(stage, { subject: 'ada', expiresAt: start + HOUR })
      let renewals = 0
      app.on('expiring', (conn) => {
        renewals += 1
        if (renewals === 1) conn.renew({ subject: 'ada', expiresAt: start + 3 * HOUR })
      })
      await stage.clock.advance(HOUR + MINUTE)
      await assertAlive(peer)
      await stage.clock.advance(2 * HOUR - 2 * MINUTE)
      assert.deepEqual(
        record.of('expiring').map((lease) => ({ expiresAt: lease.expiresAt, in: lease.in })),
        [
          { expiresAt: start + HOUR, in: 60_000 },
          { expiresAt: start + 3 * HOUR, in: 60_000 },
        ],
      )
      await assertAlive(peer)
      await stage.clock.advance(MINUTE)
      assert.equal((await peer.closed).code, 4200)
      await record.next('close')
    },
  },
  {
    name: 'renew() replaces roles, scopes and claims with those of the fresh credentials',
    async run(stage) {
      const { conn } = await leased(stage, { subject: 'ada', tenant: 'acme', roles: ['reader'] })
      conn.renew({ subject: 'ada', tenant: 'acme', scopes: ['chat:read'], claims: { plan: 'pro' } })
      assert.deepEqual(conn.identity, {
        subject: 'ada',
        tenant: 'acme',
        scopes: ['chat:read'],
        claims: { plan: 'pro' },
      })
      assert.ok(Object.isFrozen(conn.identity))
    },
  },
  {
    name: 'renew() without an end takes the end away',
    async run(stage) {
      const expiresAt = stage.clock.now() + HOUR
      const { app, conn, peer, record } = await leased(stage, { subject: 'ada', expiresAt })
      conn.renew({ subject: 'ada' })
      assert.equal(app.stats().gauges.timers, 0)
      await stage.clock.advance(2 * HOUR)
      await assertAlive(peer)
      assert.equal(record.of('expiring').length, 0)
    },
  },
  {
    name: 'renew() gives an end to an identity that had none',
    async run(stage) {
      const { conn, peer, record } = await leased(stage, { subject: 'ada' })
      conn.renew({ subject: 'ada', expiresAt: stage.clock.now() + HOUR })
      await stage.clock.advance(HOUR - 1)
      await assertAlive(peer)
      await stage.clock.advance(1)
      assert.equal((await peer.closed).code, 4200)
      await record.next('close')
    },
  },
  {
    name: 'renew() can bring the end nearer',
    async run(stage) {
      const start = stage.clock.now()
      const { conn, peer, record } = await leased(stage, { subject: 'ada', expiresAt: start + 5 * HOUR })
      conn.renew({ subject: 'ada', expiresAt: start + HOUR })
      await stage.clock.advance(HOUR)
      assert.equal((await peer.closed).code, 4200)
      await record.next('close')
      assert.equal(record.of('expiring').length, 1)
    },
  },
  {
    name: 'renew() after authenticate(), still in the pipeline, counts from the moment the connection is active',
    async run(stage) {
      const start = stage.clock.now()
      const app = stage.app({ heartbeat: false })
      app
        .use((conn, next) => {
          conn.authenticate({ subject: 'ada', expiresAt: start + MINUTE })
          conn.renew({ subject: 'ada', expiresAt: start + HOUR })
          return next()
        })
        .message(echo)
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      await stage.clock.advance(HOUR - MINUTE - 1)
      assert.equal(record.of('expiring').length, 0)
      await assertAlive(peer)
      await stage.clock.advance(MINUTE + 1)
      assert.equal((await peer.closed).code, 4200)
      await record.next('close')
    },
  },
  ...(
    [
      ['another subject', { subject: 'eve', tenant: 'acme' }],
      ['another tenant', { subject: 'ada', tenant: 'evil' }],
      ['no tenant', { subject: 'ada' }],
      ['a subject that differs in case', { subject: 'Ada', tenant: 'acme' }],
    ] as const
  ).flatMap(([whom, identity]) => impostor(whom, identity)),
  {
    name: 'renew() as somebody else, uncaught in middleware, refuses with 403',
    async run(stage) {
      const app = stage.app()
      app.use(async (conn, next) => {
        conn.authenticate({ subject: 'ada' })
        conn.renew({ subject: 'eve' })
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const { status, headers, body } = refusalOf(await served.answer())
      assert.equal(status, 403)
      assert.equal(headers['content-type'], 'application/problem+json')
      assert.equal(body, '{"type":"about:blank","title":"Forbidden","status":403,"code":4003}')
      assert.equal((await record.next('error')).error.code, 'LINKSPAN_IDENTITY')
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 4003,
        reason: '',
        by: 'server',
        clean: false,
        wireCode: undefined,
      })
    },
  },
  {
    name: 'renew() of nobody throws, and settles nothing',
    async run(stage) {
      const app = stage.app()
      const thrown: unknown[] = []
      const renew = (renewal: () => void): void => {
        try {
          renewal()
        } catch (caught) {
          thrown.push(caught)
        }
      }
      app
        .use((conn, next) => {
          renew(() => conn.renew({ subject: 'eve' }))
          return next()
        })
        .message((conn, message) => {
          renew(() => conn.renew({ subject: 'eve' }))
          conn.send(message)
        })
      const { conn, peer } = await meet(stage, app)
      await assertAlive(peer)
      assert.equal(thrown.length, 2)
      for (const error of thrown) assert.ok(error instanceof LinkspanError)
      assert.equal(conn.identity, null)
    },
  },
]

function impostor(whom: string, identity: Identity): Behaviour[] {
  const open = (stage: Stage) => leased(stage, { subject: 'ada', tenant: 'acme' })
  return [
    {
      name: `renew() as ${whom} throws LINKSPAN_IDENTITY, and whoever catches it keeps identity and connection`,
      async run(stage) {
        const { conn, peer } = await open(stage)
        assert.equal(await errorCodeOf(() => conn.renew(identity)), 'LINKSPAN_IDENTITY')
        assert.deepEqual(conn.identity, { subject: 'ada', tenant: 'acme' })
        await assertAlive(peer)
      },
    },
    {
      name: `renew() as ${whom}, uncaught in a handler, closes with 4003`,
      async run(stage) {
        const app = stage.app()
        app
          .use((conn, next) => {
            conn.authenticate({ subject: 'ada', tenant: 'acme' })
            return next()
          })
          .message((conn) => conn.renew(identity))
        const record = stage.record(app)
        const { peer } = await meet(stage, app)
        peer.send('fresh token')
        const { code, reason } = await peer.closed
        assert.equal(code, 4003)
        assert.ok(!reason.includes('eve') && !reason.includes('ada'))
        assert.equal((await record.next('error')).error.code, 'LINKSPAN_IDENTITY')
        const { info } = await record.next('close')
        assert.deepEqual(endOf(info), { code: 4003, reason, by: 'server', clean: true, wireCode: 4003 })
      },
    },
  ]
}
