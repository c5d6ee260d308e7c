import assert from 'node:assert/strict'
import type { Connection, ConnectionQuery, Linkspan } from '@linkspan/core'
import type { Behaviour, Chapter, Stage } from '../behaviour.js'
import { meet, type Pair, pair, pairs } from './pair.js'
import { assertAlive, echo, endOf, errorCodeOf, Gate, refusalOf } from './support.js'

/** Which connections there are, how to find them, and how to end those that were found. */
export const chapter: Chapter = {
  title: 'the registry',
  behaviours: [...entries(), ...queries(), ...disconnects()],
}

/** An application that lets in whom the query of the request names. */
function named(stage: Stage): Linkspan<{}> {
  return stage
    .app()
    .use(async (conn, next) => {
      const { query } = conn.request
      const subject = query.get('subject')
      const tenant = query.get('tenant')
      if (subject !== null) conn.authenticate({ subject, ...(tenant === null ? {} : { tenant }) })
      return next()
    })
    .message(echo)
}

interface Cast {
  readonly ada: Pair
  readonly ada2: Pair
  readonly bob: Pair
  readonly nobody: Pair
}

async function cast(stage: Stage, app: Linkspan<unknown>): Promise<Cast> {
  const served = await stage.serve(app)
  const enter = (path: string): Promise<Pair> => pair(app, served, { path })
  return {
    ada: await enter('/?subject=ada&tenant=acme'),
    ada2: await enter('/?subject=ada&tenant=globex'),
    bob: await enter('/?subject=bob&tenant=acme'),
    nobody: await enter('/'),
  }
}

function entries(): Behaviour[] {
  return [
    {
      name: 'a connection is counted from the arrival of its upgrade until it is closed',
      run: async (stage) => {
        const gate = new Gate()
        const release = new Gate()
        const app = stage.app().use(async (conn, next) => {
          conn.defer(() => release.opened)
          await gate.opened
          return next()
        })
        const record = stage.record(app)
        assert.equal(app.connections.size, 0)
        const { answer } = (await stage.serve(app)).attempt()
        await stage.until(() => app.connections.size === 1, 'the upgrade to arrive')
        const [conn] = app.connections
        assert.equal(conn?.state, 'connecting')
        gate.open()
        await answer
        await record.next('open')
        conn?.close(1000)
        assert.equal(app.connections.size, 1)
        release.open()
        await record.next('close')
        assert.equal(app.connections.size, 0)
        assert.deepEqual([...app.connections], [])
      },
    },
    {
      name: 'a refused connection is counted no longer than it lives',
      run: async (stage) => {
        const app = stage.app().use(async (conn) => conn.reject({ status: 403 }))
        const record = stage.record(app)
        refusalOf(await (await stage.serve(app)).answer())
        await record.next('close')
        assert.equal(app.connections.size, 0)
      },
    },
    {
      name: 'get() answers the connection of an id, and undefined for any other',
      run: async (stage) => {
        const app = stage.app()
        const { conn } = await meet(stage, app)
        assert.equal(app.connections.get(conn.id), conn)
        assert.equal(app.connections.get('no such id'), undefined)
        assert.equal(app.connections.get('__proto__'), undefined)
        conn.terminate()
        await conn.closed
        assert.equal(app.connections.get(conn.id), undefined)
      },
    },
    {
      name: 'iteration meets every connection, and ids are all different',
      run: async (stage) => {
        const app = stage.app()
        const all = await pairs(app, await stage.serve(app), 5)
        const met = [...app.connections]
        assert.deepEqual(new Set(met.map((conn) => conn.id)), new Set(all.map(({ conn }) => conn.id)))
        assert.equal(new Set(met.map((conn) => conn.id)).size, 5)
      },
    },
    {
      name: 'connections can be closed while going through them',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        await pairs(app, await stage.serve(app), 4)
        let met = 0
        for (const conn of app.connections) {
          met += 1
          conn.terminate()
        }
        assert.equal(met, 4)
        for (let i = 0; i < 4; i += 1) await record.next('close')
        assert.equal(app.connections.size, 0)
      },
    },
  ]
}

function queries(): Behaviour[] {
  return [
    {
      name: 'by() finds by subject, tenant, topic and address, and by all that is given at once',
      run: async (stage) => {
        const app = named(stage)
        const { ada, ada2, bob, nobody } = await cast(stage, app)
        ada.conn.join('lobby')
        bob.conn.join('lobby')
        nobody.conn.join('lobby')
        const { address } = ada.conn.request
        const expected: readonly (readonly [ConnectionQuery, readonly Pair[]])[] = [
          [{ subject: 'ada' }, [ada, ada2]],
          [{ tenant: 'acme' }, [ada, bob]],
          [{ topic: 'lobby' }, [ada, bob, nobody]],
          [{ address }, [ada, ada2, bob, nobody]],
          [{ subject: 'ada', tenant: 'acme' }, [ada]],
          [{ subject: 'ada', topic: 'lobby' }, [ada]],
          [{ tenant: 'acme', topic: 'lobby', address }, [ada, bob]],
          [{ subject: 'ada', tenant: 'acme', topic: 'lobby', address }, [ada]],
          [{ subject: 'bob', tenant: 'globex' }, []],
          [{ subject: 'eve' }, []],
          [{ subject: '' }, []],
          [{ tenant: 'nobody' }, []],
          [{ topic: 'nowhere' }, []],
          [{ address: '203.0.113.9' }, []],
          [{ address: '203.0.113.9', subject: 'ada' }, []],
        ]
        for (const [query, found] of expected) {
          assert.deepEqual(ids(app.connections.by(query)), idsOf(found), JSON.stringify(query))
        }
      },
    },
    {
      name: 'what was asked once stays true while connections come and go',
      run: async (stage) => {
        const app = named(stage)
        const ask = (): number => app.connections.by({ subject: 'ada', tenant: 'acme' }).length
        assert.equal(ask(), 0)
        const served = await stage.serve(app)
        const path = '/?subject=ada&tenant=acme'
        const first = await pair(app, served, { path })
        assert.equal(ask(), 1)
        const second = await pair(app, served, { path })
        assert.equal(ask(), 2)
        first.peer.cut()
        await first.conn.closed
        assert.deepEqual(ids(app.connections.by({ subject: 'ada' })), [second.conn.id])
        second.conn.close(1000)
        await second.conn.closed
        assert.equal(ask(), 0)
      },
    },
    {
      name: 'a connection is found by its subject as soon as it has one',
      run: async (stage) => {
        const gate = new Gate()
        const found: number[] = []
        const app = stage.app().use(async (conn, next) => {
          found.push(app.connections.by({ subject: 'ada' }).length)
          conn.authenticate({ subject: 'ada' })
          found.push(app.connections.by({ subject: 'ada' }).length)
          await gate.opened
          return next()
        })
        const served = await stage.serve(app)
        const { answer } = served.attempt()
        await stage.until(() => found.length === 2, 'the subject to be settled')
        gate.open()
        await answer
        assert.deepEqual(found, [0, 1])
      },
    },
    {
      name: 'an empty query finds nobody, so that none ends everybody by mistake',
      run: async (stage) => {
        const app = named(stage)
        const { ada } = await cast(stage, app)
        const nothing = { subject: undefined, topic: undefined } as unknown as ConnectionQuery
        for (const query of [{}, nothing]) {
          assert.deepEqual(app.connections.by(query), [])
          assert.equal(await app.disconnect(query), 0)
        }
        assert.equal(app.connections.size, 4)
        await assertAlive(ada.peer)
      },
    },
    {
      name: 'what by() answers is a snapshot',
      run: async (stage) => {
        const app = named(stage)
        const { ada, ada2 } = await cast(stage, app)
        const found = app.connections.by({ subject: 'ada' })
        for (const conn of found) conn.close(4000)
        await Promise.all([ada.conn.closed, ada2.conn.closed])
        assert.deepEqual(ids(found), idsOf([ada, ada2]))
        assert.deepEqual(app.connections.by({ subject: 'ada' }), [])
      },
    },
  ]
}

function disconnects(): Behaviour[] {
  return [
    {
      name: 'disconnect() closes one connection with 4000, and answers 1 when it is closed',
      run: async (stage) => {
        const app = named(stage)
        const record = stage.record(app)
        const { ada, bob } = await cast(stage, app)
        assert.equal(await app.disconnect(ada.conn), 1)
        assert.equal(ada.conn.state, 'closed')
        assert.equal((await ada.peer.closed).code, 4000)
        const { info } = await record.next('close')
        assert.deepEqual(endOf(info), {
          code: 4000,
          reason: info.reason,
          by: 'server',
          clean: true,
          wireCode: 4000,
        })
        assert.equal(app.connections.size, 3)
        await assertAlive(bob.peer)
      },
    },
    {
      name: 'disconnect() closes everybody whom a query finds, with the code and reason given',
      run: async (stage) => {
        const queries: readonly ConnectionQuery[] = [
          { subject: 'ada' },
          { tenant: 'acme' },
          { topic: 'lobby' },
          { subject: 'ada', tenant: 'globex' },
        ]
        for (const query of queries) {
          const app = named(stage)
          const { ada, ada2, bob, nobody } = await cast(stage, app)
          ada2.conn.join('lobby')
          nobody.conn.join('lobby')
          const found = app.connections.by(query).map((conn) => conn.id)
          const count = await app.disconnect(query, { code: 4001, reason: 'revoked' })
          assert.equal(count, found.length)
          for (const { conn, peer } of [ada, ada2, bob, nobody]) {
            if (!found.includes(conn.id)) await assertAlive(peer)
            else assert.deepEqual(await peer.closed, { code: 4001, reason: 'revoked' })
          }
        }
      },
    },
    {
      name: 'disconnect() by address ends whoever came from there',
      run: async (stage) => {
        const app = named(stage)
        const { ada } = await cast(stage, app)
        assert.equal(await app.disconnect({ address: '203.0.113.9' }), 0)
        assert.equal(await app.disconnect({ address: ada.conn.request.address }), 4)
        assert.equal(app.connections.size, 0)
      },
    },
    {
      name: 'disconnect() waits for what is to be released',
      run: async (stage) => {
        const gate = new Gate()
        const app = named(stage)
        const { ada } = await cast(stage, app)
        ada.conn.defer(() => gate.opened)
        let count: number | undefined
        const done = app.disconnect({ subject: 'ada' }).then((answer) => {
          count = answer
        })
        await ada.peer.closed
        await stage.until(() => app.connections.size === 3, 'the other one to be closed')
        await stage.clock.advance(0)
        assert.equal(count, undefined)
        gate.open()
        await done
        assert.equal(count, 2)
      },
    },
    {
      name: 'disconnect() with a code that must not be sent rejects, and closes nobody',
      run: async (stage) => {
        const app = named(stage)
        const { ada } = await cast(stage, app)
        for (const code of [1005, 1006, 1015, 999, 9999]) {
          assert.equal(
            await errorCodeOf(() => app.disconnect({ subject: 'ada' }, { code })),
            'LINKSPAN_CLOSE_CODE',
          )
        }
        await assertAlive(ada.peer)
      },
    },
    {
      name: 'disconnect() refuses whoever is still in the handshake',
      run: async (stage) => {
        const gate = new Gate()
        const app = stage.app().use(async (conn, next) => {
          conn.authenticate({ subject: 'ada' })
          await gate.opened
          return next()
        })
        const record = stage.record(app)
        const { answer } = (await stage.serve(app)).attempt()
        await stage.until(
          () => app.connections.by({ subject: 'ada' }).length === 1,
          'the subject to be settled',
        )
        const disconnected = app.disconnect({ subject: 'ada' }, { code: 4001 })
        refusalOf(await answer)
        gate.open()
        assert.equal(await disconnected, 1)
        const { info } = await record.next('close')
        assert.equal(info.code, 4001)
        assert.equal(info.by, 'server')
        assert.deepEqual(record.of('open'), [])
      },
    },
  ]
}

function ids(conns: readonly Connection<unknown>[]): string[] {
  return conns.map((conn) => conn.id).sort()
}

function idsOf(all: readonly Pair[]): string[] {
  return ids(all.map(({ conn }) => conn))
}
