import assert from 'node:assert/strict'
import type { Connection, ConnectionQuery } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { type Pair, pair } from '../pair.js'
import { assertAlive, Gate } from '../support.js'
import { cast, named } from './cast.js'

/** Finding connections. */
export const queries: readonly Behaviour[] = [
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

function ids(conns: readonly Connection<unknown>[]): string[] {
  return conns.map((conn) => conn.id).sort()
}

function idsOf(all: readonly Pair[]): string[] {
  return ids(all.map(({ conn }) => conn))
}
