import { strict as assert } from 'node:assert'
import type { Chapter } from '@linkspan/testing'
import { as, says, scene } from './support.js'

/** Access across tenants: asked for, decided, and told of. */
export const crossing: Chapter = {
  title: 'crossing',
  behaviours: [
    {
      name: 'nobody reaches another tenant, and who tries is told of',
      async run(stage) {
        const { app, tenants, connect, audits } = await scene(stage)
        await connect(as('acme'))
        const [conn] = [...app.connections]
        assert.ok(conn !== undefined)
        await assert.rejects(tenants.across(conn, 'globex', 'curiosity'), { code: 'LINKSPAN_FORBIDDEN' })
        await assert.rejects(tenants.across(conn, 'x'.repeat(10_240), 'curiosity'), {
          code: 'LINKSPAN_FORBIDDEN',
        })
        await assert.rejects(tenants.across(conn, 'globex', ''), { code: 'LINKSPAN_OPTION' })
        assert.deepEqual(
          audits.map(({ type, allowed, from, to, reason }) => [type, allowed, from, to, reason]),
          [
            ['across', false, 'acme', 'globex', 'curiosity'],
            ['across', false, 'acme', undefined, 'curiosity'],
          ],
        )
      },
    },
    {
      name: 'who may reaches the one it has asked for, once that is told of',
      async run(stage) {
        const { app, tenants, connect, audits } = await scene(stage, {
          mayCross: async (conn, to, reason) =>
            conn.data.tenant === 'support' && to !== 'bank' && reason.startsWith('ticket'),
          known: (id) => id !== 'ghost',
        })
        const [agent, ada] = [await connect(as('support')), await connect(as('acme'))]
        const [conn] = tenants.of(app, 'support').connections
        assert.ok(conn !== undefined)
        const acme = await tenants.across(conn, 'acme', 'ticket 7')
        assert.equal(audits.at(-1)?.allowed, true)
        acme.broadcast('we look into it')
        assert.equal(await ada.next(), 'we look into it')
        for (const [to, reason] of [
          ['bank', 'ticket 8'],
          ['acme', 'curiosity'],
          ['ghost', 'ticket 9'],
        ] as const) {
          await assert.rejects(tenants.across(conn, to, reason), { code: 'LINKSPAN_FORBIDDEN' })
        }
        assert.deepEqual(
          audits.map(({ allowed }) => allowed),
          [true, false, false, false],
        )
        await says(agent, 'done', 'support')
        assert.equal(agent.received, 0)
      },
    },
    {
      name: 'what cannot be told of is not allowed',
      async run(stage) {
        const { app, tenants, connect } = await scene(stage, {
          mayCross: () => true,
          audit: () => {
            throw new Error('the trail is full')
          },
        })
        await connect(as('acme'))
        const [conn] = [...app.connections]
        assert.ok(conn !== undefined)
        await assert.rejects(tenants.across(conn, 'globex', 'ticket'), /the trail is full/)
      },
    },
  ],
}
