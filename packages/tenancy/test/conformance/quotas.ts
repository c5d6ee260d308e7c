import { strict as assert } from 'node:assert'
import type { Chapter, Peer } from '@linkspan/testing'
import { as, says, scene } from './support.js'

/** That a tenant which has used up what it may have is refused, and no other. */
export const quotas: Chapter = {
  title: 'quotas',
  behaviours: [
    {
      name: 'a tenant over its connections gets 429, what stands inside is not entered, and others come in',
      async run(stage) {
        const { tenants, app, connect, refused, inside, limits } = await scene(stage, {
          quotas: { connections: 2 },
        })
        const [first] = [await connect(as('acme')), await connect(as('acme', 'bob'))]
        const flood = await Promise.all(
          Array.from({ length: 30 }, () => refused(as('acme', 'eve'), 429, 4101)),
        )
        assert.equal(flood[0]?.headers['retry-after'], '5')
        assert.deepEqual(inside, ['acme', 'acme'])
        await says(await connect(as('globex')), 'hello', 'globex')
        await says(await connect(as('globex')), 'hello', 'globex')
        assert.equal(limits.length, 30)
        assert.deepEqual(limits[0], { tenant: 'acme', quota: 'connections', action: 'refuse' })
        first?.close(1000)
        await stage.until(() => tenants.of(app, 'acme').connections.length === 1, 'there is a place again')
        await connect(as('acme'))
        const { totals } = tenants.of(app, 'acme').stats()
        assert.deepEqual([totals.admitted, totals.refused], [3, 30])
      },
    },
    {
      name: 'what each tenant may have is asked for in each handshake',
      async run(stage) {
        const may: Record<string, number> = { acme: 1, globex: 2 }
        const { connect, refused } = await scene(stage, {
          quotas: (tenant) => ({ connections: may[tenant] ?? 0 }),
        })
        await connect(as('acme'))
        await refused(as('acme'), 429, 4101)
        await connect(as('globex'))
        await connect(as('globex'))
        await refused(as('initech'), 429, 4101)
        may['acme'] = 2
        await connect(as('acme'))
      },
    },
    {
      name: 'a tenant over its messages is closed with 4101, and as much of the others is handled as without it',
      async run(stage) {
        const { connect, handled, limits } = await scene(stage, {
          quotas: { messages: { points: 5, per: 1_000 } },
        })
        const [loud, louder] = [await connect(as('acme')), await connect(as('acme', 'bob'))]
        const quiet = await connect(as('globex'))
        loud.sendBurst(['1', '2', '3'])
        for (const text of ['1', '2', '3']) assert.equal(await loud.next(), `acme ${text}`)
        louder.sendBurst(Array.from({ length: 40 }, (_, i) => String(i)))
        assert.equal((await louder.closed).code, 4101)
        for (let count = 0; count < 5; count += 1) await says(quiet, 'hello', 'globex')
        assert.equal(handled.filter((tenant) => tenant === 'acme').length, 5)
        assert.equal(handled.filter((tenant) => tenant === 'globex').length, 5)
        assert.ok(limits.every(({ tenant, quota }) => tenant === 'acme' && quota === 'messages'))
      },
    },
    {
      name: 'a tenant gets no new quota of messages by coming back',
      async run(stage) {
        const { connect, limits, app } = await scene(stage, {
          quotas: { messages: { points: 1, per: 60_000 } },
          over: 'drop',
        })
        const first = await connect(as('acme'))
        await says(first, 'one', 'acme')
        first.close(1000)
        await stage.until(() => app.connections.size === 0, 'it is gone')
        const again = await connect(as('acme'))
        again.send('two')
        await stage.until(() => limits.length === 1, 'it is over the quota')
        assert.deepEqual(limits, [{ tenant: 'acme', quota: 'messages', action: 'drop' }])
      },
    },
    {
      name: 'bytes are counted like messages, and what is dropped is told of',
      async run(stage) {
        const { connect, limits, tenants, app } = await scene(stage, {
          quotas: { bytes: { points: 10, per: 1_000 } },
          over: 'drop',
        })
        const [peer, other] = [await connect(as('acme')), await connect(as('globex'))]
        peer.sendBurst(['0123456789', 'x'])
        assert.equal(await peer.next(), 'acme 0123456789')
        await stage.until(() => limits.length === 1, 'x was dropped')
        await says(other, '0123456789', 'globex')
        await stage.clock.advance(1_000)
        await says(peer, 'y', 'acme')
        const { totals } = tenants.of(app, 'acme').stats()
        assert.deepEqual([totals.messages, totals.bytes, totals.limited], [3, 12, 1])
      },
    },
    {
      name: 'handshakes of a tenant are limited by time',
      async run(stage) {
        const { connect, refused, limits } = await scene(stage, {
          quotas: { handshakes: { points: 1, per: 60_000 } },
        })
        await connect(as('acme'))
        assert.equal((await refused(as('acme'), 429, 4101)).headers['retry-after'], '60')
        await connect(as('globex'))
        assert.deepEqual(limits, [{ tenant: 'acme', quota: 'handshakes', action: 'refuse' }])
      },
    },
    {
      name: 'a join past the rooms of a tenant closes with 4101; a room that was left is free again',
      async run(stage) {
        const { connect, limits, app, tenants } = await scene(stage, { quotas: { rooms: 2 } })
        const [one, two] = [await connect(as('acme')), await connect(as('acme', 'bob'))]
        await says(one, 'join:a', 'acme')
        await says(two, 'join:b', 'acme')
        await says(two, 'join:a', 'acme')
        await says(await connect(as('globex')), 'join:c', 'globex')
        await says(two, 'leave:b', 'acme')
        await says(one, 'join:c', 'acme')
        two.send('join:d')
        assert.deepEqual(await two.closed, { code: 4101, reason: 'too many rooms of this tenant' })
        assert.deepEqual(limits, [{ tenant: 'acme', quota: 'rooms', action: 'refuse' }])
        await stage.until(() => tenants.of(app, 'acme').connections.length === 1, 'it is gone')
        const { rooms, subscriptions } = tenants.of(app, 'acme').stats()
        assert.deepEqual([rooms, subscriptions], [2, 2])
      },
    },
    {
      name: 'joins are counted for a connection, and for a tenant',
      async run(stage) {
        const { connect, limits } = await scene(stage, { quotas: { perConnection: 2, subscriptions: 3 } })
        const [one, two] = [await connect(as('acme')), await connect(as('acme', 'bob'))]
        await joins(one, 'a', 'b')
        await says(one, 'join:a', 'acme')
        await joins(two, 'a')
        two.send('join:b')
        assert.deepEqual(await two.closed, { code: 4101, reason: 'too many subscriptions of this tenant' })
        one.send('join:c')
        assert.deepEqual(await one.closed, { code: 4101, reason: 'too many subscriptions' })
        assert.deepEqual(
          limits.map(({ quota }) => quota),
          ['subscriptions', 'perConnection'],
        )
      },
    },
    {
      name: 'the circuit of a tenant opens for that tenant alone',
      async run(stage) {
        const away = new Set(['acme'])
        const { tenants, app, connect, refused } = await scene(stage, {
          breaker: { minimum: 2, errorRate: 0.5, cooldown: 1_000 },
        })
        let entered = 0
        app.use(async (conn, next) => {
          entered += 1
          if (away.has(conn.data.tenant)) throw new Error('its database is away')
          return next()
        })
        stage.record(app as never).expectErrors('LINKSPAN_MIDDLEWARE')
        await refused(as('acme'), 500, 1011)
        await refused(as('acme'), 500, 1011)
        await stage.until(() => tenants.breaker('acme').state === 'open', 'it is open')
        await refused(as('acme'), 503, 1013)
        assert.equal(entered, 2)
        await connect(as('globex'))
        assert.equal(tenants.breaker('globex').state, 'closed')
        away.clear()
        await stage.clock.advance(1_000)
        await connect(as('acme'))
      },
    },
  ],
}

async function joins(peer: Peer, ...topics: readonly string[]): Promise<void> {
  for (const topic of topics) await says(peer, `join:${topic}`, 'acme')
}
