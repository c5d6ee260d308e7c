import { strict as assert } from 'node:assert'
import { inspect } from 'node:util'
import type { Logger } from '@linkspan/core'
import type { Behaviour, Chapter, ConnectOptions, Stage } from '@linkspan/testing'
import { countSecrets, PREFIX } from '../../../../reliability/secrets.js'
import { authenticate, jwt, ticket } from '../../src/index.js'
import { SECRET, sign } from '../issuer.js'

const PLANTED = `${PREFIX}-auth-77aa`

/** Everything that an application tells: its log, its events, and what its observers of refusals are given. */
class Told {
  readonly #lines: string[] = []

  readonly observe = (what: unknown): void => {
    this.#lines.push(inspect(what, { depth: 12, showHidden: true }))
  }

  readonly logger: Logger = {
    debug: (...line) => this.observe(line),
    info: (...line) => this.observe(line),
    warn: (...line) => this.observe(line),
    error: (...line) => this.observe(line),
  }

  /** Fails where it contains a planted secret, or any of these. */
  mustNotHave(...more: readonly string[]): void {
    const all = this.#lines.join('\n')
    assert.ok(this.#lines.length > 0, 'nothing was told at all')
    assert.equal(countSecrets(all), 0)
    for (const secret of more) assert.ok(!all.includes(secret), 'a secret was told')
  }
}

/** A value in every place where a client can put credentials. */
function everywhere(value: string): readonly ConnectOptions[] {
  return [
    { path: `/chat?access_token=${value}&ticket=${value}` },
    { headers: { authorization: `Bearer ${value}` } },
    { headers: { cookie: `token=${value}` } },
    { protocols: [`bearer.${value}`] },
    { protocols: [`ticket.${value}`] },
  ]
}

/** Sends each of these values from everywhere; all that the clients got and the application told goes to `told`. */
async function send(stage: Stage, told: Told, values: readonly string[]): Promise<void> {
  const refused = told.observe
  const settings = { clock: stage.clock, from: ['header', 'protocol', 'cookie', 'query'] as const, refused }
  const options = { logger: told.logger }
  const apps = [
    stage.app(options).use(jwt({ secret: SECRET, ...settings })),
    stage.app(options).use(ticket({ clock: stage.clock, refused })),
    stage.app(options).use(
      authenticate(() => {
        throw new Error('the check is broken')
      }),
    ),
  ]
  for (const app of apps) {
    const record = stage.record(app)
    const served = await stage.serve(app)
    for (const value of values) {
      for (const options of everywhere(value)) {
        const answer = await served.answer(options)
        if (answer.upgraded) answer.peer.close()
        else told.observe([answer.status, answer.headers, answer.body])
      }
    }
    await stage.until(() => app.connections.size === 0, 'all have ended')
    for (const { error } of record.of('error')) told.observe([error, error.stack, error.cause])
    told.observe(record.of('reject'))
    told.observe(record.of('close'))
  }
}

const behaviours: readonly Behaviour[] = [
  {
    name: 'no answer, log line, error or event repeats credentials, wherever they stood',
    async run(stage) {
      const told = new Told()
      const expired = await sign({ sub: PLANTED, exp: 1, secret: PLANTED })
      const good = await sign({ sub: 'ada', exp: stage.clock.now() / 1_000 + 60, secret: PLANTED })
      await send(stage, told, [PLANTED, `${PLANTED}.${PLANTED}.${PLANTED}`, expired, good])
      told.mustNotHave(expired, good, expired.split('.')[1] ?? '', SECRET)
    },
  },
  {
    name: 'no close frame, log line, error or event repeats a first message',
    async run(stage) {
      const told = new Told()
      const refused = told.observe
      const json = { clock: stage.clock, from: ['message'], message: 'json', refused } as const
      const app = stage.app({ logger: told.logger }).use(jwt({ secret: SECRET, ...json }))
      const record = stage.record(app)
      const served = await stage.serve(app)
      for (const text of [PLANTED, `{"type":"auth","token":"${PLANTED}"}`, `{"${PLANTED}`]) {
        const peer = await served.connect()
        peer.send(text)
        told.observe(await peer.closed)
      }
      await stage.until(() => app.connections.size === 0, 'all have ended')
      told.observe(record.all)
      told.mustNotHave()
    },
  },
  {
    name: 'a store keeps no ticket, and its failure tells none',
    async run(stage) {
      const told = new Told()
      const kept = new Map<string, string>()
      const tickets = ticket({
        clock: stage.clock,
        refused: told.observe,
        store: {
          put: async (id, value) => void kept.set(id, value),
          take: async (id) => {
            throw new Error(`the store has no ${id}`)
          },
        },
      })
      const secret = await tickets.issue({ subject: 'ada' })
      assert.ok(!JSON.stringify([...kept]).includes(secret))
      const served = await stage.serve(stage.app({ logger: told.logger }).use(tickets))
      told.observe(await served.answer({ path: `/?ticket=${secret}` }))
      told.mustNotHave(secret)
    },
  },
]

/** What is told to others: never credentials. */
export const secrets: Chapter = { title: 'secrets', behaviours }
