import { strict as assert } from 'node:assert'
import type { Linkspan } from '@linkspan/core'
import type { Behaviour, Chapter, ConnectOptions, Stage } from '@linkspan/testing'
import { authenticate, jwt, memoryTickets, type TicketStore, ticket } from '../../src/index.js'
import { ADA, assemble, NOW, SECRET, sign } from '../issuer.js'
import { keyServer } from '../key-server.js'
import { refusalOf } from './support.js'

/** One row of the README's table: what fails, on which application, and how the client is told. */
interface Row {
  readonly what: string
  readonly make: (app: Linkspan<{}>, stage: Stage) => unknown
  readonly connect?: () => ConnectOptions | Promise<ConnectOptions>
  readonly status: number
  readonly code: number
  readonly headers?: Readonly<Record<string, string>>
  /** Whether it is also an `error` event: a fault of ours. */
  readonly fault?: true
}

const bearer = async (claims: Readonly<Record<string, unknown>>): Promise<ConnectOptions> => ({
  headers: { authorization: `Bearer ${await sign(claims)}` },
})
const byTicket = (): ConnectOptions => ({ path: `/?ticket=${'x'.repeat(43)}` })
const down: TicketStore = {
  put: () => Promise.reject(new Error('down')),
  take: () => Promise.reject(new Error('down')),
}
/** Without its key, nobody can say whether it is good. */
const UNREAD = assemble({ alg: 'ES256', kid: 'first' }, ADA, 'AAAA')
const INVALID = { 'www-authenticate': 'Bearer error="invalid_token"' }

const rows: readonly Row[] = [
  {
    what: 'no token',
    make: (app, { clock }) => app.use(jwt({ secret: SECRET, clock })),
    status: 401,
    code: 4010,
    headers: { 'www-authenticate': 'Bearer' },
  },
  {
    what: 'a token that is not good',
    make: (app, { clock }) => app.use(jwt({ secret: SECRET, clock })),
    connect: () => bearer({ ...ADA, exp: NOW }),
    status: 401,
    code: 4010,
    headers: INVALID,
  },
  {
    what: 'keys that cannot be had',
    make: async (app, { clock }) => {
      const issuer = await keyServer()
      await issuer.stop()
      app.use(jwt({ jwks: issuer.url, clock }))
    },
    connect: () => ({ headers: { authorization: `Bearer ${UNREAD}` } }),
    status: 503,
    code: 1013,
    headers: { 'retry-after': '5' },
  },
  {
    what: 'a mapping that throws',
    make: (app, { clock }) =>
      app.use(
        jwt({
          secret: SECRET,
          clock,
          identity: () => {
            throw new Error('broken')
          },
        }),
      ),
    connect: () => bearer(ADA),
    status: 500,
    code: 1011,
    fault: true,
  },
  {
    what: 'no ticket',
    make: (app, { clock }) => app.use(ticket({ clock })),
    status: 401,
    code: 4010,
    headers: { 'www-authenticate': 'Ticket' },
  },
  {
    what: 'a ticket that is not good',
    make: (app, { clock }) => app.use(ticket({ clock })),
    connect: byTicket,
    status: 401,
    code: 4010,
    headers: { 'www-authenticate': 'Ticket error="invalid_token"' },
  },
  {
    what: 'a ticket store that is down',
    make: (app, { clock }) => app.use(ticket({ clock, store: down })),
    connect: byTicket,
    status: 503,
    code: 1013,
    headers: { 'retry-after': '5' },
  },
  {
    what: 'a check that finds nobody',
    make: (app) => app.use(authenticate(() => null)),
    status: 401,
    code: 4010,
  },
  {
    what: 'a check that throws',
    make: (app) =>
      app.use(
        authenticate(() => {
          throw new Error('broken')
        }),
      ),
    status: 500,
    code: 1011,
    fault: true,
  },
]

/** What those who refuse here are called. */
const NAMES: ReadonlySet<unknown> = new Set(['jwt', 'ticket', 'authenticate'])

const quietly: readonly Behaviour[] = rows.map((row) => ({
  name: `${row.what} is ${row.status} and ${row.code}, and one line of the log`,
  async run(stage) {
    const lines: Record<string, unknown>[] = []
    const line = (fields: object): void => void lines.push({ ...fields })
    const app = stage.app({ logger: { debug: line, info: line, warn: line, error: line } })
    await row.make(app, stage)
    const record = stage.record(app)
    const served = await stage.serve(app)
    const refusal = refusalOf(await served.answer(await row.connect?.()))
    assert.equal(refusal.status, row.status)
    assert.equal(JSON.parse(refusal.body).code, row.code)
    assert.equal(JSON.parse(refusal.body).detail, undefined)
    for (const name of ['www-authenticate', 'retry-after']) {
      assert.equal(refusal.headers[name], row.headers?.[name])
    }
    const { status, code, reason } = await record.next('reject')
    assert.deepEqual({ status, code, reason }, { status: row.status, code: row.code, reason: '' })
    assert.equal(record.of('error').length, row.fault ? 1 : 0)
    const { id } = await record.next('close')
    const [{ via, middleware, ...told } = {}, ...others] = lines
    assert.deepEqual(others, [])
    assert.equal(typeof via, 'string')
    assert.ok(NAMES.has(middleware))
    assert.deepEqual(
      { ...told, duration: 0 },
      {
        event: 'connection.refused',
        connection: id,
        tenant: undefined,
        state: 'closed',
        status: row.status,
        code: row.code,
        reason: '',
        by: 'server',
        clean: false,
        wireCode: undefined,
        duration: 0,
      },
    )
  },
}))

const visibly: readonly Behaviour[] = rows.map((row) => ({
  name: `${row.what} closes with ${row.code} where refusals are visible`,
  async run(stage) {
    const app = stage.app({ refuse: 'visibly' })
    await row.make(app, stage)
    const record = stage.record(app)
    if (row.fault) record.expectErrors('LINKSPAN_MIDDLEWARE')
    const served = await stage.serve(app)
    const peer = await served.connect(await row.connect?.())
    assert.deepEqual(await peer.closed, { code: row.code, reason: '' })
    await record.next('close')
    assert.equal(record.of('open').length, 0)
  },
}))

const others: readonly Behaviour[] = [
  {
    name: 'keys that cannot be had close with 1013 after the 101: the client may come back',
    async run(stage) {
      const issuer = await keyServer()
      await issuer.stop()
      const app = stage.app().use(jwt({ jwks: issuer.url, clock: stage.clock, from: ['message'] }))
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.send(UNREAD)
      assert.deepEqual(await peer.closed, { code: 1013, reason: '' })
    },
  },
  {
    name: 'tickets beyond the bound are refused to whoever asks for one, with 503 and Retry-After',
    async run(stage) {
      const tickets = ticket({ clock: stage.clock, store: memoryTickets({ max: 2, clock: stage.clock }) })
      await tickets.issue({ subject: 'ada' })
      await stage.clock.advance(10_000)
      await tickets.issue({ subject: 'ada' })
      await assert.rejects(tickets.issue({ subject: 'ada' }), {
        status: 503,
        headers: { 'retry-after': '20' },
      })
      await stage.clock.advance(20_000)
      await tickets.issue({ subject: 'ada' })
    },
  },
  {
    name: 'a flood of handshakes without a token costs no crypto, no key and no store',
    async run(stage) {
      const issuer = await keyServer()
      let asked = 0
      const take = () => {
        asked += 1
        return Promise.resolve(undefined)
      }
      const byToken = stage.app().use(jwt({ jwks: issuer.url, clock: stage.clock }))
      const byTickets = stage.app().use(ticket({ clock: stage.clock, store: { ...down, take } }))
      for (const app of [byToken, byTickets]) {
        const served = await stage.serve(app)
        const answers = await Promise.all(Array.from({ length: 50 }, () => served.answer()))
        assert.ok(answers.every((answer) => !answer.upgraded && answer.status === 401))
      }
      assert.deepEqual([issuer.requests, asked], [0, 0])
    },
  },
]

/** Which failure gives which status and code: the README's table, row by row. */
export const failures: Chapter = {
  title: 'failures of authentication',
  behaviours: [...quietly, ...visibly, ...others],
}
