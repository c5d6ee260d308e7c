import { strict as assert } from 'node:assert'
import { memoryStore, session } from '@linkspan/session'
import type { Behaviour } from '@linkspan/testing'
import { come, cookieOf } from './visitor.js'

interface Account {
  readonly userId: string
  readonly tenant: string
}

/** Whom a session speaks for. */
export const users: readonly Behaviour[] = [
  {
    name: 'a session authenticates its connection once, with roles and tenant',
    async run(stage) {
      const { clock } = stage
      let asked = 0
      const store = memoryStore({ clock })
      const app = stage.app().use(
        session({
          store,
          clock,
          initial: (): Account => ({ userId: 'ada', tenant: 'acme' }),
          user: async (found) => {
            asked += 1
            return { subject: found.get('userId'), tenant: found.get('tenant'), roles: ['admin'] }
          },
        }),
      )
      app.message((conn) => {
        conn.send(`${conn.identity.subject} ${conn.identity.tenant} ${conn.identity.roles?.join()}`)
      })
      const { peer } = await come(await stage.serve(app))
      peer.send('who am I?')
      peer.send('and now?')
      assert.equal(await peer.next(), 'ada acme admin')
      assert.equal(await peer.next(), 'ada acme admin')
      assert.equal(asked, 1)
      assert.equal([...app.connections.by({ tenant: 'acme' })].length, 1)
    },
  },
  {
    name: 'a session that speaks for nobody leaves its connection anonymous',
    async run(stage) {
      const { clock } = stage
      const app = stage.app().use(session({ store: memoryStore({ clock }), clock, user: () => null }))
      app.message((conn) => {
        conn.send(conn.identity === null ? 'nobody' : conn.identity.subject)
      })
      const { peer } = await come(await stage.serve(app))
      peer.send('who am I?')
      assert.equal(await peer.next(), 'nobody')
    },
  },
  {
    name: 'user may refuse, and then there is no session of it',
    async run(stage) {
      const { clock } = stage
      const store = memoryStore({ clock })
      const sessions = session({
        store,
        clock,
        user: (_session, conn) => conn.reject({ status: 401, reason: 'log in first' }),
      })
      const app = stage.app().use(sessions)
      const answer = await (await stage.serve(app)).answer()
      assert.ok(!answer.upgraded)
      assert.equal(answer.status, 401)
      await stage.until(() => app.connections.size === 0, 'it is over')
      const id = cookieOf(answer)?.split('=')[1] ?? ''
      assert.equal(await store.load(id), undefined)
      assert.equal(sessions.stats().live, 0)
    },
  },
]
