import { strict as assert } from 'node:assert'
import type { Identity } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { assertAlive, echo, errorCodeOf, refusalOf } from '../support.js'
import { leased } from './leased.js'

/** `authenticate()`: once, before the pipeline ends, and for good. */
export const identities: readonly Behaviour[] = [
  {
    name: 'authenticate() settles the identity at once, for middleware, handlers and the end',
    async run(stage) {
      const app = stage.app()
      const seen: unknown[] = []
      const ada: Identity = {
        subject: 'ada',
        tenant: 'acme',
        roles: ['admin'],
        scopes: ['chat:write'],
        claims: { plan: 'pro' },
      }
      app
        .use(async (conn, next) => {
          seen.push(conn.identity, conn.state)
          conn.authenticate(ada)
          seen.push(conn.identity, conn.state)
          return next()
        })
        .message((conn) => {
          seen.push(conn.identity)
          conn.close()
        })
        .on('close', (conn) => seen.push(conn.identity))
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.send('go')
      await record.next('close')
      assert.deepEqual(seen, [null, 'connecting', ada, 'authenticated', ada, ada])
    },
  },
  {
    name: 'where nobody authenticates the identity is null, and the connection is let in',
    async run(stage) {
      const app = stage.app()
      const seen: unknown[] = []
      app
        .use((conn, next) => {
          seen.push(conn.identity)
          return next()
        })
        .message((conn, message) => {
          seen.push(conn.identity)
          conn.send(message)
        })
      const { conn, peer } = await meet(stage, app)
      await assertAlive(peer)
      assert.deepEqual([...seen, conn.identity], [null, null, null])
    },
  },
  {
    name: 'the identity cannot be changed, neither through it nor through what it was made from',
    async run(stage) {
      const roles = ['reader']
      const scopes = ['chat:read']
      const claims: Record<string, unknown> = { plan: 'free' }
      const given = { subject: 'ada', tenant: 'acme', roles, scopes, claims }
      const { conn } = await leased(stage, given)
      given.subject = 'eve'
      given.tenant = 'evil'
      roles.push('admin')
      scopes.push('chat:admin')
      claims['plan'] = 'enterprise'
      const held = conn.identity as { subject: string; roles: string[] }
      assert.throws(() => {
        held.subject = 'eve'
      }, TypeError)
      assert.throws(() => held.roles.push('admin'), TypeError)
      assert.deepEqual(conn.identity, {
        subject: 'ada',
        tenant: 'acme',
        roles: ['reader'],
        scopes: ['chat:read'],
        claims: { plan: 'free' },
      })
    },
  },
  {
    name: 'authenticate() a second time throws LINKSPAN_STATE, and the first identity stays',
    async run(stage) {
      const app = stage.app()
      let code: string | undefined
      app
        .use(async (conn, next) => {
          conn.authenticate({ subject: 'ada' })
          code = await errorCodeOf(() => conn.authenticate({ subject: 'eve' }))
          return next()
        })
        .message(echo)
      const { conn, peer } = await meet(stage, app)
      await assertAlive(peer)
      assert.equal(code, 'LINKSPAN_STATE')
      assert.equal(conn.identity?.subject, 'ada')
    },
  },
  {
    name: 'authenticate() once the connection is active throws LINKSPAN_STATE, also where it is anonymous',
    async run(stage) {
      const app = stage.app()
      const codes: (string | undefined)[] = []
      app.message(async (conn, message) => {
        codes.push(await errorCodeOf(() => conn.authenticate({ subject: 'eve' })))
        conn.send(message)
      })
      const { conn, peer } = await meet(stage, app)
      await assertAlive(peer)
      assert.deepEqual(codes, ['LINKSPAN_STATE'])
      assert.equal(conn.identity, null)
    },
  },
  {
    name: 'authenticate() uncaught the second time refuses with 500',
    async run(stage) {
      const app = stage.app()
      app.use(async (conn, next) => {
        conn.authenticate({ subject: 'ada' })
        conn.authenticate({ subject: 'ada' })
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      assert.equal(refusalOf(await served.answer()).status, 500)
      assert.equal((await record.next('error')).error.code, 'LINKSPAN_STATE')
    },
  },
  {
    name: 'an identity without a subject, or with an end that is no instant, throws LINKSPAN_IDENTITY and settles nothing',
    async run(stage) {
      const app = stage.app()
      const codes: (string | undefined)[] = []
      app
        .use(async (conn, next) => {
          for (const identity of [
            { subject: '' },
            { subject: undefined as never },
            { subject: 'ada', expiresAt: Number.NaN },
          ]) {
            codes.push(await errorCodeOf(() => conn.authenticate(identity)))
          }
          codes.push(conn.state)
          conn.authenticate({ subject: 'ada' })
          return next()
        })
        .message(echo)
      const { conn, peer } = await meet(stage, app)
      await assertAlive(peer)
      assert.deepEqual(codes, ['LINKSPAN_IDENTITY', 'LINKSPAN_IDENTITY', 'LINKSPAN_IDENTITY', 'connecting'])
      assert.equal(conn.identity?.subject, 'ada')
    },
  },
  {
    name: 'authenticate() and renew() throw LINKSPAN_CLOSED once closing has begun, and change nothing',
    async run(stage) {
      const { conn, peer, record } = await leased(stage, { subject: 'ada' })
      conn.close(1000)
      assert.equal(conn.state, 'closing')
      assert.equal(await errorCodeOf(() => conn.authenticate({ subject: 'eve' })), 'LINKSPAN_CLOSED')
      assert.equal(
        await errorCodeOf(() => conn.renew({ subject: 'ada', roles: ['admin'] })),
        'LINKSPAN_CLOSED',
      )
      await peer.closed
      await record.next('close')
      assert.equal(conn.state, 'closed')
      assert.equal(await errorCodeOf(() => conn.authenticate({ subject: 'eve' })), 'LINKSPAN_CLOSED')
      assert.equal(await errorCodeOf(() => conn.renew({ subject: 'ada' })), 'LINKSPAN_CLOSED')
      assert.deepEqual(conn.identity, { subject: 'ada' })
    },
  },
]
