import { PGlite } from '@electric-sql/pglite'
import type { Linkspan, Logger } from '@linkspan/core'
import type { TenantAudit } from '@linkspan/tenancy'
import type { Peer, TestHost } from '@linkspan/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hosts } from '../../../tests/hosts.js'
import { notes } from '../src/app.js'
import { migrate } from '../src/database.js'
import { tokenOf } from '../src/tokens.js'

const SECRET = new Uint8Array(32).fill(7)
const nothing = (): void => {}
const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }

let postgres: PGlite
beforeAll(async () => {
  postgres = await PGlite.create()
  await migrate(postgres)
}, 60_000)
afterAll(() => postgres.close())

describe.each(hosts)('notes of several tenants on $name', ({ factory, missing }) => {
  let audits: TenantAudit[]
  let notebook: ReturnType<typeof notes>
  let host: TestHost

  beforeEach(async (context) => {
    if (missing !== undefined) return context.skip(missing)
    await postgres.exec('reset role; truncate notes; set role app')
    audits = []
    notebook = notes(SECRET, postgres, (event) => audits.push(event), { origin: '*', logger: silent })
    host = await factory(notebook.app as unknown as Linkspan<unknown>)
  })

  afterEach(async () => {
    if (missing !== undefined) return
    for (const conn of notebook.app.connections) conn.terminate()
    await host.close()
  })

  async function connect(tenant: string, subject = 'ada', roles: string[] = []): Promise<Peer> {
    const authorization = `Bearer ${await tokenOf(SECRET, subject, tenant, roles)}`
    const answer = await host.connect({ headers: { authorization } }).answer
    if (!answer.upgraded) throw new Error(`refused with ${answer.status}`)
    return answer.peer
  }

  const say = (peer: Peer, said: object): void => peer.send(JSON.stringify(said))
  const heard = async (peer: Peer): Promise<unknown> => JSON.parse(String(await peer.next()))
  async function asked(peer: Peer, said: object): Promise<unknown> {
    say(peer, said)
    return heard(peer)
  }

  test('what one tenant writes down another one neither hears nor finds', async () => {
    const [ada, bob, eve] = [
      await connect('acme'),
      await connect('acme', 'bob'),
      await connect('globex', 'eve'),
    ]
    const added = { type: 'added', note: { author: 'ada', text: 'the launch is on Friday' } }
    expect(await asked(ada, { type: 'add', text: 'the launch is on Friday' })).toMatchObject(added)
    expect(await heard(bob)).toMatchObject(added)
    expect(await asked(bob, { type: 'list' })).toMatchObject({ notes: [{ text: 'the launch is on Friday' }] })
    expect(await asked(eve, { type: 'list' })).toEqual({ type: 'notes', notes: [] })
  })

  test('handlers of both that run at the same time do not mix their tenants up', async () => {
    const peers = await Promise.all(
      ['acme', 'globex', 'acme', 'globex'].map((tenant, i) => connect(tenant, `user ${i}`)),
    )
    for (const [index, peer] of peers.entries()) {
      for (let count = 0; count < 5; count += 1) say(peer, { type: 'add', text: `by ${index % 2}` })
    }
    // Its own five, and its colleague's.
    for (const peer of peers) for (let count = 0; count < 10; count += 1) await heard(peer)
    for (const [index, peer] of peers.entries()) {
      const { notes: found } = (await asked(peer, { type: 'list' })) as { notes: { text: string }[] }
      expect(found.map(({ text }) => text)).toEqual(Array(10).fill(`by ${index % 2}`))
    }
  })

  test('support may look into another tenant, and that is written down; nobody else may, and that is too', async () => {
    const [ada, grace] = [await connect('acme'), await connect('support', 'grace', ['support'])]
    await asked(ada, { type: 'add', text: 'one' })
    expect(await asked(grace, { type: 'inspect', tenant: 'acme', reason: 'ticket 7' })).toEqual({
      type: 'inspected',
      tenant: 'acme',
      notes: 1,
    })
    expect(await asked(ada, { type: 'inspect', tenant: 'support', reason: 'curiosity' })).toEqual({
      type: 'denied',
    })
    expect(
      audits.map(({ allowed, subject, from, to, reason }) => [allowed, subject, from, to, reason]),
    ).toEqual([
      [true, 'grace', 'support', 'acme', 'ticket 7'],
      [false, 'ada', 'acme', 'support', 'curiosity'],
    ])
    // And is itself again afterwards.
    expect(await asked(grace, { type: 'list' })).toEqual({ type: 'notes', notes: [] })
  })

  test.each(['no JSON', 'null', '{"type":"add"}', '{"type":"inspect","tenant":"acme"}'])(
    'what is not in the protocol ends its connection: %s',
    async (message) => {
      const ada = await connect('acme')
      ada.send(message)
      expect((await ada.closed).code).toBe(1008)
    },
  )
})
