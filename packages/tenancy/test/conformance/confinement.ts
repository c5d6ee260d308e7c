import { strict as assert } from 'node:assert'
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Linkspan } from '@linkspan/core'
import { memoryBroker } from '@linkspan/core'
import { asyncContext } from '@linkspan/node'
import { memoryStore, session } from '@linkspan/session'
import { fromSubdomain, type TenantAudit, tenancy } from '@linkspan/tenancy'
import type { Chapter } from '@linkspan/testing'
import { as, says, scene, silent } from './support.js'

/** That nothing of a tenant is within another one's reach. */
export const confinement: Chapter = {
  title: 'confinement',
  behaviours: [
    {
      name: 'a topic of one tenant is not the one that another tenant calls the same',
      async run(stage) {
        const { connect } = await scene(stage)
        const [ada, bob, eve] = [
          await connect(as('acme')),
          await connect(as('acme', 'bob')),
          await connect(as('globex')),
        ]
        for (const [peer, tenant] of [
          [ada, 'acme'],
          [bob, 'acme'],
          [eve, 'globex'],
        ] as const) {
          await says(peer, 'join:lobby', tenant)
        }
        await says(eve, 'to:lobby', 'globex')
        await says(bob, 'to:lobby', 'acme')
        assert.equal(await ada.next(), 'acme to lobby')
        await says(eve, 'still here', 'globex')
        assert.deepEqual([ada.received, bob.received, eve.received], [0, 0, 0])
      },
    },
    {
      name: 'a view finds, tells, counts and disconnects those of its tenant alone',
      async run(stage) {
        const { app, tenants, connect } = await scene(stage, { quotas: { rooms: 9 } })
        const [ada, bob, eve] = [
          await connect(as('acme')),
          await connect(as('acme', 'bob')),
          await connect(as('globex')),
        ]
        await says(ada, 'join:lobby', 'acme')
        await says(eve, 'join:lobby', 'globex')
        const [acme, globex] = [tenants.of(app, 'acme'), tenants.of(app, 'globex')]
        const subjects = (view: typeof acme, query = {}) =>
          view
            .by(query)
            .map(({ identity }) => identity?.subject)
            .toSorted()
        assert.deepEqual(subjects(acme), ['ada', 'bob'])
        assert.deepEqual(subjects(acme, { topic: 'lobby' }), ['ada'])
        assert.deepEqual(subjects(globex, { subject: 'bob' }), [])
        assert.deepEqual(subjects(globex, { address: acme.connections[0]?.request.address }), ['ada'])
        acme.broadcast('for all of acme')
        acme.to('lobby').send('for its lobby')
        assert.equal(await ada.next(), 'for all of acme')
        assert.equal(await ada.next(), 'for its lobby')
        assert.equal(await bob.next(), 'for all of acme')
        assert.deepEqual(acme.stats(), {
          connections: 2,
          rooms: 1,
          subscriptions: 1,
          totals: { admitted: 2, refused: 0, messages: 1, bytes: 10, limited: 0 },
        })
        assert.equal(await acme.disconnect({ subject: 'bob' }), 1)
        assert.equal((await bob.closed).code, 4000)
        assert.equal(await acme.disconnect({}, { code: 1012 }), 1)
        assert.equal((await ada.closed).code, 1012)
        assert.deepEqual(acme.connections, [])
        await assert.rejects(globex.disconnect({}, { code: 1006 }), { code: 'LINKSPAN_CLOSE_CODE' })
        await says(eve, 'still here', 'globex')
        assert.equal(eve.received, 0)
      },
    },
    {
      name: 'presence is that of the tenant, and another one is not entered',
      async run(stage) {
        const { app, tenants, connect } = await scene(stage)
        await connect(as('acme'))
        await connect(as('globex', 'eve'))
        const [acme, globex] = [tenants.of(app, 'acme'), tenants.of(app, 'globex')]
        const [ada, eve] = [acme.connections[0], globex.connections[0]]
        assert.ok(ada !== undefined && eve !== undefined)
        acme.presence('lobby').track(ada)
        assert.throws(() => acme.presence('lobby').track(eve), { code: 'LINKSPAN_SCOPE' })
        assert.deepEqual(
          acme
            .presence('lobby')
            .list()
            .map(({ subject }) => subject),
          ['ada'],
        )
        assert.deepEqual(globex.presence('lobby').list(), [])
        assert.equal(tenants.mine(eve).id, 'globex')
      },
    },
    {
      name: 'a broadcast, and a disconnect of whom nobody has authenticated, reach the tenant on other nodes',
      async run(stage) {
        const broker = memoryBroker()
        const resolve = fromSubdomain('app.example')
        const nodes = [
          await scene(stage, { resolve }, { broker }),
          await scene(stage, { resolve }, { broker }),
        ] as const
        await Promise.all(nodes.map(({ app }) => app.ready()))
        const host = (name: string) => ({ headers: { host: `${name}.app.example` } })
        const [far, foreign] = [await nodes[1].connect(host('acme')), await nodes[1].connect(host('globex'))]
        const acme = nodes[0].tenants.of(nodes[0].app, 'acme')
        acme.broadcast('text')
        acme.broadcast(new Uint8Array([0, 255]))
        assert.equal(await far.next(), 'text')
        assert.deepEqual(new Uint8Array((await far.next()) as Uint8Array), new Uint8Array([0, 255]))
        await acme.disconnect({}, { code: 4001, reason: 'bye' })
        assert.deepEqual(await far.closed, { code: 4001, reason: 'bye' })
        await says(foreign, 'still here', 'globex')
        assert.equal(foreign.received, 0)
        foreign.cut()
        await stage.until(() => nodes.every(({ app }) => app.connections.size === 0), 'all have gone')
        await Promise.all(nodes.map(({ app }) => app.drain()))
      },
    },
    {
      name: 'a session of one tenant is not adopted under another one',
      async run(stage) {
        const audits: TenantAudit[] = []
        const tenants = tenancy({
          resolve: fromSubdomain('app.example'),
          audit: (event) => audits.push(event),
          logger: silent,
          clock: stage.clock,
        })
        const { clock } = stage
        const sessions = session<{ tenant?: string; cart?: string }>({
          store: memoryStore({ clock }),
          clock,
          cookie: { domain: 'app.example' },
        })
        const app = stage.app({ scope: tenants.scope })
        tenants
          .confine(app)
          .use(sessions)
          .use(tenants.enter())
          .use(tenants.bindSession())
          .message((conn, message) => {
            conn.data.session.set('cart', message.text())
            conn.send(conn.data.session.get('cart') ?? '')
          })
        const served = await stage.serve(app as unknown as Linkspan<unknown>)
        const first = await served.answer({ headers: { host: 'acme.app.example' } })
        assert.ok(first.upgraded)
        first.peer.send('apples')
        assert.equal(await first.peer.next(), 'apples')
        const cookie = first.headers['set-cookie']?.split(';')[0] ?? ''
        const foreign = await served.answer({ headers: { host: 'globex.app.example', cookie } })
        assert.ok(!foreign.upgraded)
        assert.equal(foreign.status, 403)
        assert.deepEqual(
          audits.map(({ type, from, to }) => [type, from, to]),
          [['session', 'acme', 'globex']],
        )
        await served.connect({ headers: { host: 'acme.app.example', cookie } })
        first.peer.cut()
        await stage.until(() => app.connections.size === 1, 'it is gone')
        for (const conn of app.connections) conn.terminate()
        await stage.until(() => app.connections.size === 0, 'both have gone')
        await sessions.flush()
      },
    },
    {
      name: 'code knows for which tenant it runs, in handlers, hooks and releases, however they interleave',
      async run(stage) {
        const storage = new AsyncLocalStorage<string>()
        const released: string[] = []
        const { app, tenants, connect } = await scene(stage, { storage }, { context: asyncContext() })
        app.on('close', () => released.push(tenants.current()))
        const seen: string[] = []
        app.on('open', (conn) => conn.defer(() => void released.push(tenants.current())))
        app.on('access', () => seen.push(tenants.current()))
        app.topics('lobby', { join: () => true })
        const [ada, eve] = [await connect(as('acme')), await connect(as('globex'))]
        ada.send('join:lobby')
        eve.send('join:lobby')
        await Promise.all([ada.next(), eve.next()])
        assert.deepEqual(seen.toSorted(), ['acme', 'globex'])
        ada.close(1000)
        await stage.until(() => released.length === 2, 'everything is released')
        assert.deepEqual(released, ['acme', 'acme'])
        assert.throws(() => tenants.current(), { code: 'LINKSPAN_SCOPE' })
        assert.equal(
          tenants.run('globex', () => tenants.current()),
          'globex',
        )
        assert.throws(() => tenants.run('*', () => 1), { code: 'LINKSPAN_SCOPE' })
      },
    },
  ],
}
