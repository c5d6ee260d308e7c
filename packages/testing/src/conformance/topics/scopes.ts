import assert from 'node:assert/strict'
import type { Linkspan, LinkspanOptions } from '@linkspan/core'
import type { Behaviour, Stage } from '../../behaviour.js'
import { type Pair, pair } from '../pair.js'
import { errorCodeOf } from '../support.js'

const BY_TENANT: LinkspanOptions = { scope: (conn) => conn.identity?.tenant }

/** An application whose topics belong to tenants; the path of the request says which. */
function tenants(stage: Stage): Linkspan<{}> {
  return stage.app(BY_TENANT).use(async (conn, next) => {
    const tenant = conn.request.query.get('tenant')
    conn.authenticate({ subject: 'somebody', ...(tenant === null ? {} : { tenant }) })
    return next()
  })
}

async function members(
  stage: Stage,
  app: Linkspan<unknown>,
  ...of: readonly (readonly [tenant: string, topic: string])[]
): Promise<Pair[]> {
  const served = await stage.serve(app)
  const all: Pair[] = []
  for (const [tenant, topic] of of) {
    const one = await pair(app, served, { path: `/?tenant=${encodeURIComponent(tenant)}` })
    one.conn.join(topic)
    all.push(one)
  }
  return all
}

/** That one scope's topics cannot be named from another one. */
export const scopes: readonly Behaviour[] = [
  {
    name: 'the same topic in two scopes is two topics',
    run: async (stage) => {
      const app = tenants(stage)
      const [ada, bob, eve] = await members(stage, app, ['acme', 'room'], ['acme', 'room'], ['evil', 'room'])
      ada?.conn.to('room').send('for acme')
      eve?.conn.to('room').send('for evil')
      app.broadcast('last')
      assert.equal(await bob?.peer.next(), 'for acme')
      assert.equal(await bob?.peer.next(), 'last')
      assert.equal(await eve?.peer.next(), 'last')
      assert.equal(await ada?.peer.next(), 'last')
      assert.equal(app.stats().gauges.topics, 2)
    },
  },
  {
    name: 'topics are called by the same name inside a scope as outside of any',
    run: async (stage) => {
      const [ada] = await members(stage, tenants(stage), ['acme', 'room'])
      assert.deepEqual([...(ada?.conn.topics ?? [])], ['room'])
    },
  },
  {
    name: 'app.scope(name).to(topic) reaches that scope only',
    run: async (stage) => {
      const app = tenants(stage)
      const [ada, eve] = await members(stage, app, ['acme', 'room'], ['evil', 'room'])
      app.scope('acme').to('room').send('for acme')
      app.scope('evil').to('other room').send('for nobody')
      app.scope('nobody').to('room').send('for nobody')
      app.broadcast('last')
      assert.equal(await ada?.peer.next(), 'for acme')
      assert.equal(await eve?.peer.next(), 'last')
      if (ada !== undefined) app.scope('acme').to('room').except(ada.conn).send('for nobody')
      assert.equal(await ada?.peer.next(), 'last')
    },
  },
  {
    name: 'app.to() on an application with scopes throws LINKSPAN_SCOPE',
    run: async (stage) => {
      const app = tenants(stage)
      const [ada] = await members(stage, app, ['acme', 'room'])
      assert.equal(await errorCodeOf(() => app.to('room').send('for whom?')), 'LINKSPAN_SCOPE')
      app.broadcast('last')
      assert.equal(await ada?.peer.next(), 'last')
    },
  },
  {
    name: 'a query by topic on an application with scopes throws LINKSPAN_SCOPE, and ends nobody',
    run: async (stage) => {
      const app = tenants(stage)
      const [ada] = await members(stage, app, ['acme', 'room'])
      assert.equal(await errorCodeOf(() => app.connections.by({ topic: 'room' })), 'LINKSPAN_SCOPE')
      assert.equal(await errorCodeOf(() => app.disconnect({ topic: 'room' })), 'LINKSPAN_SCOPE')
      assert.equal(ada?.conn.state, 'active')
    },
  },
  {
    name: "no delimiter, wildcard or encoding in a name reaches another scope's topic",
    run: async (stage) => {
      const app = tenants(stage)
      // Each pair would be one topic to an encoder that joins its parts with a delimiter, or counts in another unit.
      const confusable = [
        ['a', 'b:c'],
        ['a:b', 'c'],
        ['1:a', 'b'],
        ['', '1:a:b'],
        ['a', 'b'],
        ['a/b', 'c'],
        ['a', 'b/c'],
        ['a.b', 'c'],
        ['a', 'b.c'],
        ['*', 'b'],
        ['#', 'b'],
        ['>', 'b'],
        ['é', 'b'],
        ['e\u0301', 'b'],
      ] as const
      const all = await members(stage, app, ...confusable)
      for (const [i, [scope, topic]] of confusable.entries()) app.scope(scope).to(topic).send(`for ${i}`)
      app.broadcast('last')
      for (const [i, { peer }] of all.entries()) {
        assert.equal(await peer.next(), `for ${i}`)
        assert.equal(await peer.next(), 'last')
      }
      assert.equal(app.stats().gauges.topics, confusable.length)
    },
  },
  {
    name: 'a connection without a scope shares no topic with any scope',
    run: async (stage) => {
      const app = tenants(stage)
      const served = await stage.serve(app)
      const none = await pair(app, served, { path: '/' })
      const empty = await pair(app, served, { path: '/?tenant=' })
      const acme = await pair(app, served, { path: '/?tenant=acme' })
      for (const { conn } of [none, empty, acme]) conn.join('room')
      none.conn.to('room').send('from none')
      empty.conn.to('room').send('from empty')
      acme.conn.to('room').send('from acme')
      none.conn.to('4:acme:room').send('from none')
      app.scope('').to('room').send('for empty')
      app.broadcast('last')
      assert.equal(await none.peer.next(), 'last')
      assert.equal(await empty.peer.next(), 'for empty')
      assert.equal(await empty.peer.next(), 'last')
      assert.equal(await acme.peer.next(), 'last')
    },
  },
]
