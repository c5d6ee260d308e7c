// Random programs of two tenants on two nodes, over any broker: whatever either does, under whatever names, reaches exactly
// those of its own that it is for.

import assert from 'node:assert/strict'
import { type Authenticated, type Broker, type Linkspan, LinkspanError, type Logger } from '@linkspan/core'
import { fromIdentity, type Tenancy, type TenantView, tenancy } from '@linkspan/tenancy'
import { memoryHost, type Peer, type TestHost } from '@linkspan/testing'
import fc from 'fast-check'

const NODES = 2
const SUBJECTS = ['ada', 'bob'] as const
/** One of each subject, of each tenant, on each node. */
const CLIENTS = NODES * 2 * SUBJECTS.length
/** Milliseconds that anything may take. */
const PATIENCE = 20_000

type Names = readonly [string, string]

/** One step: something that a client asks for, or that a node does. `topic` is an index into the topics of a program. */
type Step =
  | { readonly by: 'client'; readonly client: number; readonly asks: Asks; readonly topic: number }
  | {
      readonly by: 'node'
      readonly node: number
      readonly tenant: 0 | 1
      readonly does: Does
      readonly topic: number
    }

type Asks = 'join' | 'leave' | 'send' | 'track' | 'untrack' | 'intrude' | 'across'
type Does = 'send' | 'broadcast' | 'members' | 'query' | 'disconnect'

/** What two tenants called `names` do. */
export interface TwoTenants {
  readonly names: Names
  readonly topics: readonly string[]
  readonly steps: readonly Step[]
}

const HOSTILE_TENANTS = [
  'acme',
  'аcme',
  'Acme',
  'a',
  'a.b',
  'a:b',
  '1:a',
  '*',
  '>',
  '#',
  '~',
  '~~',
  '.',
  '/',
  ' ',
  '\u0000',
  'a\n',
  'é',
  'e\u0301',
  'ａ',
  'x'.repeat(128),
]

/** Names that try to leave their tenant, one of them `other`, or to be as good as another name. */
function hostileTopics(other: string): readonly string[] {
  return [
    ...[
      'room',
      'rооm',
      'room ',
      'Room',
      'room\u200b',
      'ro\u006f\u0301m',
      'roóm',
      '*',
      '>',
      '#',
      'room.*',
      'room.>',
      'room.#',
      '~',
      '~~',
      ':room',
      '\u0000',
      'room\r\n',
      '👩‍🚀',
      'x'.repeat(512),
    ],
    ...[
      other,
      `${other}:room`,
      `${other.length}:${other}:room`,
      `${other}.room`,
      `../${other}/room`,
      `~.${other}.room`,
    ],
    // No topics at all.
    ...['', 'x'.repeat(10_240), '\ud800'],
  ]
}

const isTopic = (topic: string): boolean => topic !== '' && topic.length <= 512 && topic.isWellFormed()

const tenantName = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE_TENANTS) },
  fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }).filter((name) => name.isWellFormed()),
)
const TOPICS = 6
const topic = fc.nat(TOPICS - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      by: fc.constant('client' as const),
      client: fc.nat(CLIENTS - 1),
      // Joins often, so that there is somebody to be told.
      asks: fc.constantFrom<Asks>(
        'join',
        'join',
        'join',
        'leave',
        'send',
        'send',
        'track',
        'untrack',
        'intrude',
        'across',
      ),
      topic,
    }),
  },
  fc.record({
    by: fc.constant('node' as const),
    node: fc.nat(NODES - 1),
    tenant: fc.constantFrom<0 | 1>(0, 1),
    does: fc.constantFrom<Does>('send', 'send', 'broadcast', 'members', 'query', 'query', 'disconnect'),
    topic,
  }),
)

/** Programs of at most so many steps. */
export function twoTenants(most: number): fc.Arbitrary<TwoTenants> {
  const names = fc.tuple(tenantName, tenantName).filter(([one, other]) => one !== other)
  return names.chain(([one, other]) =>
    fc.record({
      names: fc.constant([one, other] as const),
      topics: fc.uniqueArray(fc.constantFrom(...hostileTopics(other)), {
        minLength: TOPICS,
        maxLength: TOPICS,
      }),
      steps: fc.array(step, { minLength: 1, maxLength: most }),
    }),
  )
}

/** Runs a program on two nodes, with a broker for each, under a namespace `name`; fails where anything leaks or is lost. */
export async function runTwoTenants(program: TwoTenants, broker: () => Broker, name: string): Promise<void> {
  const worlds: World[] = []
  try {
    for (let node = 0; node < NODES; node += 1)
      worlds.push(await World.start(node, program.names, broker(), name))
    for (const { app } of worlds) {
      await until(async () => (await app.cluster()).results.length === NODES, 'the nodes know each other')
    }
    const run = new Run(program, worlds)
    await run.connect()
    for (const one of program.steps) await run.step(one)
    await run.finish()
  } finally {
    await Promise.all(worlds.map((world) => world.stop()))
  }
}

const nothing = (): void => {}
const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }

interface Ask {
  readonly id: number
  readonly asks: Asks
  readonly topic: string
}

/** One node. */
class World {
  readonly app: Linkspan<unknown>
  readonly errors: LinkspanError[] = []
  readonly #tenants: Tenancy<string>
  readonly #host: TestHost

  private constructor(app: Linkspan<unknown>, tenants: Tenancy<string>, host: TestHost) {
    this.app = app
    this.#tenants = tenants
    this.#host = host
    app.on('error', (error) => this.errors.push(error))
  }

  static async start(node: number, names: Names, broker: Broker, name: string): Promise<World> {
    const tenants = tenancy({ resolve: fromIdentity(), pattern: /.+/su, logger: SILENT })
    const app = tenants
      .app({ name, broker, origin: '*', logger: SILENT, heartbeat: false, cluster: { node: `node ${node}` } })
      .use((conn, next) => {
        const { subject, tenant } = identityOf(Number(conn.request.query.get('client')))
        conn.authenticate({ subject, tenant: names[tenant] })
        return next<Authenticated>()
      })
      .use(tenants.enter())
      .message((conn, message) => {
        const { id, asks, topic } = message.json<Ask>()
        const foreign = names[conn.data.tenant === names[0] ? 1 : 0]
        const mine = tenants.mine(conn)
        const answer = (result: string): void => {
          conn.send(JSON.stringify({ answer: id, result }))
        }
        const refused = (thrown: unknown): void => {
          if (!(thrown instanceof LinkspanError)) throw thrown
          answer(thrown.code)
        }
        try {
          if (asks === 'join') conn.join(topic)
          else if (asks === 'leave') conn.leave(topic)
          else if (asks === 'send') conn.to(topic).send(JSON.stringify({ said: id }))
          else if (asks === 'track') mine.presence(topic).track(conn)
          else if (asks === 'untrack') mine.presence(topic).untrack(conn)
          else if (asks === 'intrude') tenants.of(app, foreign).presence(topic).track(conn)
          else {
            return tenants.across(conn, foreign, 'to see what happens').then(() => answer('crossed'), refused)
          }
          answer('done')
          return undefined
        } catch (thrown) {
          return refused(thrown)
        }
      })
    const anyhow = app as unknown as Linkspan<unknown>
    const world = new World(anyhow, tenants, await memoryHost(anyhow))
    await within(app.ready(), 'the broker answers')
    return world
  }

  of(tenant: string): TenantView<unknown> {
    return this.#tenants.of(this.app, tenant)
  }

  async connect(client: number): Promise<Client> {
    const answer = await this.#host.connect({ path: `/?client=${client}` }).answer
    if (!answer.upgraded) throw new Error(`client ${client} was refused: ${answer.status} ${answer.body}`)
    return new Client(client, answer.peer)
  }

  async stop(): Promise<void> {
    for (const conn of this.app.connections) conn.terminate()
    await this.#host.close()
    await this.app.drain({ grace: 100 })
  }
}

/** Which subject of which tenant, on which node, a client is. */
function identityOf(client: number): {
  readonly subject: string
  readonly tenant: 0 | 1
  readonly node: number
} {
  return { subject: SUBJECTS[(client >> 1) & 1] ?? 'ada', tenant: client & 1 ? 1 : 0, node: client >> 2 }
}

/** One client, and all it was told. */
class Client {
  readonly tenant: 0 | 1
  readonly subject: string
  readonly node: number
  readonly topics = new Set<string>()
  readonly tracked = new Set<string>()
  readonly heard: number[] = []
  /** What it has to have heard in the end, and nothing else. */
  readonly due: number[] = []
  readonly answers = new Map<number, string>()
  readonly #peer: Peer
  gone = false

  constructor(client: number, peer: Peer) {
    const { tenant, subject, node } = identityOf(client)
    this.tenant = tenant
    this.subject = subject
    this.node = node
    this.#peer = peer
    void this.#listen()
  }

  async ask(ask: Ask): Promise<string> {
    this.#peer.send(JSON.stringify(ask))
    await until(() => this.answers.has(ask.id), `${ask.asks} is answered`)
    return this.answers.get(ask.id) ?? ''
  }

  async #listen(): Promise<void> {
    try {
      for (;;) {
        const word = JSON.parse(String(await this.#peer.next())) as {
          answer?: number
          said: number
          result: string
        }
        if (word.answer === undefined) this.heard.push(word.said)
        else this.answers.set(word.answer, word.result)
      }
    } catch {
      this.gone = true
    }
  }
}

/** A program on its way, and what it should have led to so far. */
class Run {
  readonly #program: TwoTenants
  readonly #worlds: readonly World[]
  readonly #clients: Client[] = []
  #ids = 0

  constructor(program: TwoTenants, worlds: readonly World[]) {
    this.#program = program
    this.#worlds = worlds
  }

  async connect(): Promise<void> {
    for (let client = 0; client < CLIENTS; client += 1) {
      this.#clients.push(await this.#world(identityOf(client).node).connect(client))
    }
  }

  async step(step: Step): Promise<void> {
    const topic = this.#program.topics[step.topic] ?? ''
    this.#ids += 1
    if (step.by === 'client') await this.#asked(step.client, step.asks, topic, this.#ids)
    else await this.#done(step.node, step.tenant, step.does, topic, this.#ids)
  }

  /** What leaks only later has leaked when this is through: on every topic, from every node, behind all that went before. */
  async finish(): Promise<void> {
    for (const tenant of [0, 1] as const) {
      for (let node = 0; node < NODES; node += 1) {
        for (const topic of this.#program.topics.filter(isTopic)) {
          this.#ids += 1
          await this.#done(node, tenant, 'send', topic, this.#ids)
        }
        this.#ids += 1
        await this.#done(node, tenant, 'broadcast', '', this.#ids)
      }
    }
    for (const [index, { heard, due }] of this.#clients.entries()) {
      assert.deepEqual(
        heard.toSorted(ascending),
        due.toSorted(ascending),
        `client ${index} heard what was for it`,
      )
    }
    for (const { errors } of this.#worlds) assert.deepEqual(errors, [])
  }

  async #asked(index: number, asks: Asks, topic: string, id: number): Promise<void> {
    const client = this.#clients[index]
    if (client === undefined || client.gone) return
    const result = await client.ask({ id, asks, topic })
    assert.equal(result, expected(asks, topic), `${asks} ${JSON.stringify(topic.slice(0, 40))}`)
    if (result !== 'done') return
    if (asks === 'join') {
      client.topics.add(topic)
      await within(this.#world(client.node).app.ready(), 'the topic is listened to')
    } else if (asks === 'leave') {
      client.topics.delete(topic)
      client.tracked.delete(topic)
    } else if (asks === 'track') client.tracked.add(topic)
    else if (asks === 'untrack') client.tracked.delete(topic)
    else if (asks === 'send') {
      const { tenant } = client
      await this.#delivered(id, (one) => one !== client && one.tenant === tenant && one.topics.has(topic))
    }
  }

  async #done(node: number, tenant: 0 | 1, does: Does, topic: string, id: number): Promise<void> {
    const view = this.#world(node).of(this.#program.names[tenant])
    const said = JSON.stringify({ said: id })
    if (does === 'broadcast') {
      view.broadcast(said)
      await this.#delivered(id, (one) => one.tenant === tenant)
    } else if (does === 'query') {
      this.#queried(view, node, tenant, topic)
    } else if (does === 'disconnect') {
      const subject = SUBJECTS[id % SUBJECTS.length] ?? 'ada'
      const gone = this.#clients.filter(
        (one) => !one.gone && one.tenant === tenant && one.subject === subject,
      )
      assert.equal(await view.disconnect({ subject }), gone.length, 'so many were disconnected')
      await until(() => gone.every((one) => one.gone), 'those have gone')
    } else if (!isTopic(topic)) {
      assert.throws(() => (does === 'send' ? view.to(topic) : view.presence(topic)), {
        code: 'LINKSPAN_TOPIC',
      })
    } else if (does === 'send') {
      view.to(topic).send(said)
      await this.#delivered(id, (one) => one.tenant === tenant && one.topics.has(topic))
    } else {
      const { results, missingNodes } = await view.presence(topic).members()
      assert.deepEqual(missingNodes, [])
      const present = this.#clients.filter(
        (one) => !one.gone && one.tenant === tenant && one.tracked.has(topic),
      )
      const told = results.flatMap(({ subject, connections }) =>
        connections.map(({ node: at }) => `${subject} at ${at}`),
      )
      assert.deepEqual(told.toSorted(), present.map((one) => `${one.subject} at node ${one.node}`).toSorted())
    }
  }

  #queried(view: TenantView<unknown>, node: number, tenant: 0 | 1, topic: string): void {
    const here = this.#clients.filter((one) => !one.gone && one.tenant === tenant && one.node === node)
    const subjects = (conns: TenantView<unknown>['connections']) =>
      conns.map(({ identity }) => identity?.subject).toSorted()
    assert.deepEqual(subjects(view.connections), here.map((one) => one.subject).toSorted())
    const inside = here.filter((one) => one.topics.has(topic))
    assert.deepEqual(subjects(view.by({ topic })), inside.map((one) => one.subject).toSorted())
    assert.equal(view.by({ subject: 'ada' }).length, here.filter((one) => one.subject === 'ada').length)
    for (const { identity } of view.connections) assert.equal(identity?.tenant, this.#program.names[tenant])
  }

  async #delivered(id: number, to: (client: Client) => boolean): Promise<void> {
    const due = this.#clients.filter((one) => !one.gone && to(one))
    for (const one of due) one.due.push(id)
    await until(() => due.every((one) => one.heard.includes(id)), `${due.length} clients hear of ${id}`)
  }

  #world(node: number): World {
    return this.#worlds[node] as World
  }
}

function expected(asks: Asks, topic: string): string {
  if (asks === 'across') return 'LINKSPAN_FORBIDDEN'
  if (asks === 'leave') return 'done'
  if (!isTopic(topic)) return 'LINKSPAN_TOPIC'
  return asks === 'intrude' ? 'LINKSPAN_SCOPE' : 'done'
}

const ascending = (one: number, other: number): number => one - other

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE
  for (let turns = 0; !(await holds()); turns += 1) {
    if (performance.now() > deadline) throw new Error(`after ${PATIENCE} ms it was not so: ${what}`)
    await new Promise<void>((resolve) => (turns < 20 ? setImmediate(resolve) : setTimeout(resolve, 1)))
  }
}

async function within(promise: Promise<unknown>, what: string): Promise<void> {
  let settled = false
  const done = promise.then(() => {
    settled = true
  })
  await until(() => settled, what)
  await done
}
