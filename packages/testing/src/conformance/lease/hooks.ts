import { strict as assert } from 'node:assert'
import type { Behaviour } from '../../behaviour.js'
import { assertAlive, endOf, refusalOf } from '../support.js'
import { leased } from './leased.js'

const ADA = { subject: 'ada', tenant: 'acme' }

/** `onRenewed()`: what was decided by the identity is decided again. */
export const hooks: readonly Behaviour[] = [
  {
    name: 'hooks of a renewal run within renew(), in order, and see the fresh identity',
    async run(stage) {
      const { conn, peer, record } = await leased(stage, ADA)
      const log: string[] = []
      conn.onRenewed(() => void log.push(`first ${conn.identity?.roles}`))
      conn.onRenewed(() => void log.push(`second ${record.of('renewed').length}`))
      conn.renew({ ...ADA, roles: ['writer'] })
      assert.deepEqual(log, ['first writer', 'second 0'])
      assert.equal(record.of('renewed').length, 1)
      await assertAlive(peer)
    },
  },
  ...(
    [
      ['at once', () => {}],
      ['later', () => Promise.resolve()],
    ] as const
  ).map(
    ([when, wait]): Behaviour => ({
      name: `a hook that refuses a renewal ${when} closes with its code; renew() does not throw, and it is no error`,
      async run(stage) {
        const { conn, peer, record } = await leased(stage, ADA)
        const refuse = (): never => conn.reject({ status: 403, reason: 'no longer allowed' })
        conn.onRenewed(() => wait()?.then(refuse) ?? refuse())
        conn.renew(ADA)
        assert.deepEqual(await peer.closed, { code: 4003, reason: 'no longer allowed' })
        const { info } = await record.next('close')
        assert.deepEqual(endOf(info), {
          code: 4003,
          reason: 'no longer allowed',
          by: 'server',
          clean: true,
          wireCode: 4003,
        })
        assert.deepEqual(record.of('error'), [])
      },
    }),
  ),
  {
    name: 'a hook that throws closes with 1011, without detail, and is an error',
    async run(stage) {
      const { conn, peer, record } = await leased(stage, ADA)
      const thrown = new Error('password "hunter2"')
      conn.onRenewed(() => {
        throw thrown
      })
      conn.renew(ADA)
      const { code, reason } = await peer.closed
      assert.deepEqual({ code, reason }, { code: 1011, reason: '' })
      const { error } = await record.next('error')
      assert.deepEqual([error.code, error.cause], ['LINKSPAN_MIDDLEWARE', thrown])
      assert.equal((await record.next('close')).info.code, 1011)
    },
  },
  {
    name: 'a hook that refuses a renewal in the pipeline refuses the handshake',
    async run(stage) {
      const app = stage.app()
      app.use((conn, next) => {
        conn.authenticate(ADA)
        conn.onRenewed(() => conn.reject({ status: 403 }))
        conn.renew(ADA)
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const { status, body } = refusalOf(await served.answer())
      assert.equal(status, 403)
      assert.equal(body, '{"type":"about:blank","title":"Forbidden","status":403,"code":4003}')
      assert.equal((await record.next('close')).info.code, 4003)
      assert.equal(record.of('open').length, 0)
    },
  },
]
