import { strict as assert } from 'node:assert'
import type { Authenticated, Linkspan } from '@linkspan/core'
import { fromPath, fromSubdomain, tenancy } from '@linkspan/tenancy'
import type { Chapter } from '@linkspan/testing'
import { as, recordOf, says, scene, silent } from './support.js'

const at = (host: string, identity = {}) => ({ headers: { host, ...identity } })
const nobody = { headers: {} }

/** Which tenant a connection belongs to, and who is refused. */
export const belonging: Chapter = {
  title: 'belonging',
  behaviours: [
    {
      name: 'the tenant of the verified identity is the tenant of the connection',
      async run(stage) {
        const { app, connect } = await scene(stage)
        await says(await connect(as('acme')), 'hello', 'acme')
        await says(await connect(as('globex')), 'hello', 'globex')
        assert.deepEqual([...app.connections].map(({ data }) => data.tenant).toSorted(), ['acme', 'globex'])
      },
    },
    {
      name: 'who has no tenant is refused with 403, and enters nothing',
      async run(stage) {
        const { refused, inside } = await scene(stage)
        await refused(nobody, 403, 4003)
        await refused({ headers: { 'x-subject': 'ada' } }, 403, 4003)
        assert.deepEqual(inside, [])
      },
    },
    {
      name: 'an id that is none is refused with 403',
      async run(stage) {
        const { refused } = await scene(stage)
        for (const id of ['*', '>', 'a#', 'a b', '../acme', '.acme', 'x'.repeat(129)]) {
          await refused(as(id), 403, 4003)
        }
      },
    },
    {
      name: 'the label in front of the domain is the tenant of whom nobody has authenticated',
      async run(stage) {
        const { connect, refused } = await scene(stage, { resolve: fromSubdomain('app.example') })
        await says(await connect(at('Acme.App.example:8080')), 'hello', 'acme')
        for (const host of [
          'app.example',
          'a.b.app.example',
          'app.example.evil.example',
          'acmeapp.example',
        ]) {
          await refused(at(host), 403, 4003)
        }
      },
    },
    {
      name: 'the segment of the path is the tenant',
      async run(stage) {
        const { connect, refused } = await scene(stage, { resolve: fromPath('/t/:tenant/chat') })
        await says(await connect({ path: '/t/acme/chat?x=/t/globex/chat' }), 'hello', 'acme')
        await refused({ path: '/t/acme/other' }, 403, 4003)
        await refused({ path: '/t/%2a/chat' }, 403, 4003)
      },
    },
    {
      name: 'an identity of another tenant than the one asked for is refused with 403, and told of',
      async run(stage) {
        const { connect, refused, audits } = await scene(stage, { resolve: fromSubdomain('app.example') })
        await says(await connect(at('acme.app.example', as('acme').headers)), 'hello', 'acme')
        await refused(at('globex.app.example', as('acme').headers), 403, 4003)
        const [{ at: instant, connection, ...audit } = assert.fail('nothing was told'), ...more] = audits
        assert.deepEqual(audit, {
          type: 'mismatch',
          allowed: false,
          from: 'acme',
          to: 'globex',
          subject: 'ada',
          reason: '',
        })
        assert.equal(instant, stage.clock.now())
        assert.notEqual(connection, '')
        assert.deepEqual(more, [])
      },
    },
    {
      name: 'an identity without a tenant belongs to none, unless `admits` says so',
      async run(stage) {
        const resolve = fromSubdomain('app.example')
        const strict = await scene(stage, { resolve })
        await strict.refused(at('acme.app.example', { 'x-subject': 'ada' }), 403, 4003)
        assert.equal(strict.audits.length, 1)
        const open = await scene(stage, {
          resolve,
          admits: async (conn, tenant) => conn.identity?.subject === 'ada' && tenant === 'acme',
        })
        await says(await open.connect(at('acme.app.example', { 'x-subject': 'ada' })), 'hello', 'acme')
        await open.refused(at('acme.app.example', { 'x-subject': 'bob' }), 403, 4003)
        await open.refused(at('globex.app.example', { 'x-subject': 'ada' }), 403, 4003)
      },
    },
    {
      name: 'a tenant that is not known is refused with 404, and asked for once while that is remembered',
      async run(stage) {
        const asked: string[] = []
        const known = async (id: string): Promise<boolean> => {
          asked.push(id)
          return id === 'acme'
        }
        const { connect, refused } = await scene(stage, { known })
        await connect(as('acme'))
        await connect(as('acme'))
        await refused(as('globex'), 404, 1008)
        await refused(as('globex'), 404, 1008)
        assert.deepEqual(asked, ['acme', 'globex'])
        await stage.clock.advance(5_000)
        await refused(as('globex'), 404, 1008)
        await connect(as('acme'))
        assert.deepEqual(asked, ['acme', 'globex', 'globex'])
      },
    },
    {
      name: 'a lookup that fails, or takes too long, refuses with 503, and is made again',
      async run(stage) {
        let asked = 0
        const failing = await scene(stage, {
          known: () => {
            asked += 1
            throw new Error('the database is away')
          },
        })
        await failing.refused(as('acme'), 503, 1013)
        await failing.refused(as('acme'), 503, 1013)
        assert.equal(asked, 2)
        let asking = false
        const hanging = await scene(stage, {
          known: () => {
            asking = true
            return new Promise<boolean>(() => {})
          },
          timeout: 250,
        })
        const answer = hanging.refused(as('acme'), 503, 1013)
        await stage.until(() => asking, 'the lookup is under way')
        await stage.clock.advance(250)
        assert.equal((await answer).headers['retry-after'], '1')
      },
    },
    {
      name: 'an identity that is settled further in refuses with 500, and says where it belongs',
      async run(stage) {
        const tenants = tenancy({ resolve: fromSubdomain('app.example'), logger: silent, clock: stage.clock })
        const app = stage.app({ scope: tenants.scope })
        tenants
          .confine(app)
          .use(tenants.enter())
          .use((conn, next) => {
            conn.authenticate({ subject: 'eve', tenant: 'globex' })
            return next<Authenticated>()
          })
        const served = await stage.serve(app as unknown as Linkspan<unknown>)
        const answer = await served.answer(at('acme.app.example'))
        assert.ok(!answer.upgraded)
        assert.equal(answer.status, 500)
        const { error } = await stage.record(app as unknown as Linkspan<unknown>).next('error')
        assert.equal(error.code, 'LINKSPAN_OPTION')
        stage.record(app as unknown as Linkspan<unknown>).of('error')
      },
    },
    {
      name: 'a tenant that is settled twice refuses with 500, and nothing is counted twice',
      async run(stage) {
        const mine = await scene(stage)
        mine.app.use(mine.tenants.enter())
        await mine.refused(as('acme'), 500, 1011)
        const [{ error } = assert.fail('nothing was told')] = recordOf(stage, mine).of('error')
        assert.equal(error.code, 'LINKSPAN_OPTION')
        await stage.until(() => mine.app.connections.size === 0, 'it is gone')
        assert.equal(mine.tenants.of(mine.app, 'acme').stats().connections, 0)
      },
    },
    {
      name: 'a connection of an application that was not confined is refused with 500 before it is active',
      async run(stage) {
        const mine = await scene(stage)
        const app = stage.app().use(mine.tenants.enter())
        const record = stage.record(app as unknown as Linkspan<unknown>)
        const served = await stage.serve(app as unknown as Linkspan<unknown>)
        const answer = await served.answer(as('acme'))
        assert.ok(!answer.upgraded)
        assert.equal(answer.status, 500)
        assert.equal(record.of('error')[0]?.error.code, 'LINKSPAN_OPTION')
        assert.deepEqual(record.of('open'), [])
        assert.deepEqual(recordOf(stage, mine).of('error'), [])
      },
    },
  ],
}
