import { strict as assert } from 'node:assert'
import { Rejection } from '@linkspan/core'
import type { Behaviour, Chapter, Stage } from '@linkspan/testing'
import { type AuthenticateOptions, authenticate, type IdentityCheck } from '../../src/index.js'
import { askedWho, refusalOf, UNAUTHORIZED, whoAmI } from './support.js'

async function serve(stage: Stage, check: IdentityCheck<unknown>, options?: AuthenticateOptions) {
  const app = stage.app().use(authenticate(check, options))
  const record = stage.record(app)
  return { app, record, served: await stage.serve(whoAmI(app)) }
}

const behaviours: readonly Behaviour[] = [
  {
    name: 'whoever the check finds is let in, whether it answers at once or later',
    async run(stage) {
      const byName: IdentityCheck<unknown> = ({ headers }) => ({ subject: headers['x-name'] ?? 'nobody' })
      const later: IdentityCheck<unknown> = async (request, conn) => byName(request, conn)
      for (const check of [byName, later]) {
        const { served } = await serve(stage, check)
        const peer = await served.connect({ headers: { 'x-name': 'ada' } })
        assert.deepEqual(await askedWho(peer), { subject: 'ada' })
      }
    },
  },
  {
    name: 'nobody is 401 and 4010, with the challenge that was given',
    async run(stage) {
      const nobody: IdentityCheck<unknown>[] = [
        () => null,
        async () => null,
        // As a check in JavaScript may answer that forgot to.
        (() => undefined) as unknown as IdentityCheck<unknown>,
      ]
      for (const check of nobody) {
        const plain = await serve(stage, check)
        const refusal = refusalOf(await plain.served.answer())
        assert.deepEqual([refusal.status, refusal.body], [401, UNAUTHORIZED])
        assert.equal(refusal.headers['www-authenticate'], undefined)
        assert.deepEqual(plain.record.of('error'), [])
        const told = await serve(stage, check, { challenge: 'ApiKey realm="chat"' })
        const { headers } = refusalOf(await told.served.answer())
        assert.equal(headers['www-authenticate'], 'ApiKey realm="chat"')
      }
    },
  },
  {
    name: 'a check that throws is 500 without detail, and an error event',
    async run(stage) {
      const failing: IdentityCheck<unknown>[] = [
        () => {
          throw new Error('the database is down')
        },
        async () => {
          throw new Error('the database is down')
        },
      ]
      for (const check of failing) {
        const { served, record } = await serve(stage, check)
        const { status, body } = refusalOf(await served.answer())
        assert.equal(status, 500)
        assert.ok(!body.includes('database'))
        assert.equal((await record.next('error')).error.code, 'LINKSPAN_MIDDLEWARE')
      }
    },
  },
  {
    name: 'a check that rejects refuses as it says',
    async run(stage) {
      const { served, record } = await serve(stage, async () => {
        throw new Rejection({ status: 503, retryAfter: 3 })
      })
      const { status, headers } = refusalOf(await served.answer())
      assert.deepEqual([status, headers['retry-after']], [503, '3'])
      assert.deepEqual(record.of('error'), [])
    },
  },
  {
    name: 'a check that reads the first message works in band: nobody is 4010 then',
    async run(stage) {
      const { served } = await serve(stage, async (_, conn) => {
        await conn.accept()
        const hello = await conn.read()
        return hello.text() === 'ada' ? { subject: 'ada' } : null
      })
      const ada = await served.connect()
      ada.send('ada')
      assert.deepEqual(await askedWho(ada), { subject: 'ada' })
      const eve = await served.connect()
      eve.send('eve')
      assert.deepEqual(await eve.closed, { code: 4010, reason: '' })
    },
  },
  {
    name: 'a check whose client has left meanwhile authenticates nobody, and is no error',
    async run(stage) {
      let settle = () => undefined as undefined
      const { app, served, record } = await serve(
        stage,
        () =>
          new Promise((resolve) => {
            settle = () => void resolve({ subject: 'ada' })
          }),
      )
      const attempt = served.attempt()
      attempt.answer.catch(() => undefined)
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      const [conn] = [...app.connections]
      attempt.cut()
      await stage.until(() => conn?.signal.aborted === true, 'the handshake is aborted')
      settle()
      await record.next('close')
      assert.deepEqual([conn?.identity, record.of('open').length, record.of('error').length], [null, 0, 0])
    },
  },
]

/** Checks of one's own. */
export const checks: Chapter = { title: 'authenticate', behaviours }
