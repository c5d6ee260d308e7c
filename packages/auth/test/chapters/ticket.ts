import { strict as assert } from 'node:assert'
import type { Identity } from '@linkspan/core'
import type { Behaviour, Chapter, ConnectOptions, Stage } from '@linkspan/testing'
import { type TicketOptions, type TicketStore, ticket } from '../../src/index.js'
import { askedWho, refusalOf, UNAUTHORIZED, UNAVAILABLE, whoAmI } from './support.js'

const ADA: Identity = { subject: 'ada', tenant: 'acme', roles: ['admin'], claims: { plan: 'gold' } }

async function serve(stage: Stage, options: TicketOptions = {}) {
  const tickets = ticket({ clock: stage.clock, ...options })
  const app = stage.app({ protocols: ['chat.v1'] }).use(tickets)
  const record = stage.record(app)
  return { tickets, app, record, served: await stage.serve(whoAmI(app)) }
}

const byQuery = (secret: string): ConnectOptions => ({ path: `/chat?room=1&ticket=${secret}` })
const byProtocol = (secret: string): ConnectOptions => ({ protocols: ['chat.v1', `ticket.${secret}`] })

const behaviours: readonly Behaviour[] = [
  {
    name: 'a ticket lets its holder in, from the query or from the subprotocol, as whom it was issued for',
    async run(stage) {
      const { tickets, served } = await serve(stage)
      const first = await served.connect(byQuery(await tickets.issue(ADA)))
      assert.deepEqual(await askedWho(first), ADA)
      const second = await served.connect(byProtocol(await tickets.issue(ADA)))
      assert.deepEqual([second.protocol, await askedWho(second)], ['chat.v1', ADA])
    },
  },
  {
    name: 'a ticket is spent once: the second handshake with it gets 401',
    async run(stage) {
      const { tickets, served, record } = await serve(stage)
      const secret = await tickets.issue(ADA)
      await served.connect(byQuery(secret))
      for (const options of [byQuery(secret), byProtocol(secret)]) {
        const { status, headers, body } = refusalOf(await served.answer(options))
        assert.deepEqual(
          [status, headers['www-authenticate'], body],
          [401, 'Ticket error="invalid_token"', UNAUTHORIZED],
        )
      }
      assert.equal(record.of('open').length, 1)
    },
  },
  {
    name: 'of many handshakes with one ticket at once, exactly one is let in',
    async run(stage) {
      const { tickets, served, record } = await serve(stage)
      const secret = await tickets.issue(ADA)
      const answers = await Promise.all(Array.from({ length: 12 }, () => served.answer(byQuery(secret))))
      const statuses = answers.map((answer) => (answer.upgraded ? 101 : answer.status))
      assert.deepEqual(statuses.sort(), [101, ...Array(11).fill(401)])
      await record.next('open')
      assert.equal(record.of('open').length, 1)
    },
  },
  {
    name: 'a ticket expires 30 s after it was issued, unless told otherwise',
    async run(stage) {
      const { tickets, served } = await serve(stage)
      const [first, second] = [await tickets.issue(ADA), await tickets.issue(ADA)]
      await stage.clock.advance(29_999)
      await served.connect(byQuery(first))
      await stage.clock.advance(1)
      assert.equal(refusalOf(await served.answer(byQuery(second))).status, 401)
    },
  },
  {
    name: 'a ticket is no longer good than the identity in it',
    async run(stage) {
      const { tickets, served } = await serve(stage)
      const secret = await tickets.issue({ ...ADA, expiresAt: stage.clock.now() + 1_000 })
      await stage.clock.advance(1_000)
      assert.equal(refusalOf(await served.answer(byQuery(secret))).status, 401)
    },
  },
  {
    name: 'a ticket that is bound to an address is spent by anybody, and good for that one only',
    async run(stage) {
      const { tickets, app, served } = await serve(stage)
      const free = await served.connect(byQuery(await tickets.issue(ADA)))
      await askedWho(free)
      const [conn] = [...app.connections]
      const address = conn?.request.address ?? ''
      await served.connect(byQuery(await tickets.issue(ADA, { address })))
      const foreign = await tickets.issue(ADA, { address: '192.0.2.7' })
      assert.equal(refusalOf(await served.answer(byQuery(foreign))).status, 401)
    },
  },
  {
    name: 'what is no ticket gets 401, and the store is not asked',
    async run(stage) {
      let asked = 0
      const store: TicketStore = {
        put: async () => undefined,
        take: async () => {
          asked += 1
          return undefined
        },
      }
      const { served } = await serve(stage, { store })
      const bad = ['', 'x', 'x'.repeat(42), 'x'.repeat(44), `${'x'.repeat(42)}.`, 'x'.repeat(9_000)]
      for (const secret of bad) assert.equal(refusalOf(await served.answer(byQuery(secret))).status, 401)
      const none = refusalOf(await served.answer())
      assert.deepEqual([none.status, none.headers['www-authenticate']], [401, 'Ticket'])
      assert.equal(asked, 0)
      assert.equal(refusalOf(await served.answer(byQuery('x'.repeat(43)))).status, 401)
      assert.equal(asked, 1)
    },
  },
  {
    name: 'two tickets at once get 401, and neither is spent',
    async run(stage) {
      const { tickets, served } = await serve(stage)
      const [first, second] = [await tickets.issue(ADA), await tickets.issue(ADA)]
      const both = { ...byQuery(first), ...byProtocol(second) }
      assert.equal(refusalOf(await served.answer(both)).status, 401)
      await served.connect(byQuery(first))
      await served.connect(byQuery(second))
    },
  },
  {
    name: 'a store that fails, or answers nonsense, is 503 with Retry-After',
    async run(stage) {
      const failing: TicketStore['take'][] = [
        () => Promise.reject(new Error('the store is down')),
        () => {
          throw new Error('the store is gone')
        },
        () => Promise.resolve('{'),
        () => Promise.resolve('null'),
        () => Promise.resolve('{"identity":{}}'),
      ]
      for (const take of failing) {
        const { served } = await serve(stage, { store: { put: async () => undefined, take }, retryAfter: 7 })
        const { status, headers, body } = refusalOf(await served.answer(byQuery('x'.repeat(43))))
        assert.deepEqual([status, headers['retry-after'], body], [503, '7', UNAVAILABLE])
      }
    },
  },
  {
    name: 'a store that does not answer is 503 after 2 s',
    async run(stage) {
      let asked = false
      const take: TicketStore['take'] = () => {
        asked = true
        return new Promise(() => undefined)
      }
      const { served } = await serve(stage, { store: { put: async () => undefined, take } })
      const answer = served.answer(byQuery('x'.repeat(43)))
      await stage.until(() => asked, 'the store is asked')
      await stage.clock.advance(2_000)
      const { status, headers } = refusalOf(await answer)
      assert.deepEqual([status, headers['retry-after']], [503, '5'])
    },
  },
]

/** Tickets that are fetched over HTTP and spent in the handshake. */
export const tickets: Chapter = { title: 'ticket', behaviours }
