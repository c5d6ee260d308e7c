import { randomUUID } from 'node:crypto'
import { jwt, type Revocations, revocation, type Single, single } from '@linkspan/auth'
import { type Authenticated, type Connection, type Linkspan, linkspan } from '@linkspan/core'
import { type Answer, type Peer, type TestHost, VirtualClock } from '@linkspan/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { NOW, SECRET, sign } from '../../packages/auth/test/issuer.js'
import { hosts } from '../hosts.js'
import { FaultProxy } from '../support/fault-proxy.js'
import { type Engine, engines } from './engines.js'

const DEADLINE = 30_000
/** The connection's own lease is on the platform's clock. */
const EXPIRY = Math.floor(Date.now() / 1_000) + 3_600
const ROUNDS = 50
const RACES = 4
const soon = { timeout: 15_000, interval: 5 }

const nothing = (): void => {}
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** One node of an application, on a real socket, with a network of its own to the engine. */
interface Node {
  readonly app: Linkspan<Authenticated>
  readonly host: TestHost
  readonly network: FaultProxy
  readonly clock: VirtualClock
  readonly revocations: Revocations
  readonly one: Single<Authenticated>
}

async function start(engine: Engine, port: number, name: string): Promise<Node> {
  const network = await FaultProxy.to(port)
  const { broker, end } = engine.broker(network.port)
  // Credentials and deadlines live by a clock that the test sets forward; what nodes say to each other takes the time it takes.
  const clock = new VirtualClock()
  const application = linkspan({ origin: '*', heartbeat: false, logger: SILENT, name, broker })
  const revocations = revocation({
    bus: application.bus('revocations'),
    deadline: DEADLINE,
    clock,
    logger: SILENT,
  })
  const one = single({ bus: application.bus('claims'), by: deviceOf, logger: SILENT })
  const app = application
    .use(jwt({ secret: SECRET, clock }))
    .use(revocations)
    .use(one)
  app.message((conn, message) => {
    conn.send(message)
  })
  const host = await hosts
    .find((one) => one.name === '@linkspan/ws')
    ?.factory(app as unknown as Linkspan<unknown>)
  if (host === undefined) throw new Error('there is no @linkspan/ws')
  onTestFinished(async () => {
    revocations.close()
    one.close()
    network.pass()
    await app.drain({ grace: 0 })
    await host.close()
    end()
    await network.close()
  })
  await app.ready()
  return { app: app as unknown as Linkspan<Authenticated>, host, network, clock, revocations, one }
}

function deviceOf({ identity }: Connection<Authenticated>): string | undefined {
  const device = identity.claims?.['device']
  return typeof device === 'string' ? device : undefined
}

async function pair(engine: Engine, port: number): Promise<readonly [Node, Node]> {
  const name = `gate-${randomUUID()}`
  return [await start(engine, port, name), await start(engine, port, name)]
}

async function answered({ host }: Node, claims: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
  const token = await sign({ sub: 'ada', iat: NOW, exp: EXPIRY, ...claims })
  return host.connect({ headers: { authorization: `Bearer ${token}` } }).answer
}

async function enter(node: Node, claims: Readonly<Record<string, unknown>> = {}): Promise<Peer> {
  const answer = await answered(node, claims)
  if (!answer.upgraded) throw new Error(`refused: ${answer.status}`)
  expect(await echo(answer.peer)).toBe('are you there?')
  return answer.peer
}

async function echo(peer: Peer): Promise<unknown> {
  peer.send('are you there?')
  return peer.next()
}

function stated(what: string, times: readonly number[]): void {
  const sorted = [...times].sort((one, other) => one - other)
  const of = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1)
  process.stdout.write(`${what}: median ${of(0.5)} ms, p90 ${of(0.9)} ms, longest ${of(1)} ms\n`)
}

describe.each(engines)('nodes of an application over $name', (engine) => {
  const port = engine.at()

  it('fault 27: what one node revokes closes on the other with 4001, within a time that is stated', async () => {
    const [here, there] = await pair(engine, port())
    const eve = await enter(there, { sub: 'eve' })
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const jti = `token ${round}`
      const peer = await enter(there, { jti })
      const begun = performance.now()
      const report = here.revocations.revoke({ tokenId: jti })
      expect((await peer.closed).code).toBe(4001)
      times.push(performance.now() - begun)
      expect(await report).toMatchObject({ closed: 0, published: true })
      expect(await answered(there, { jti })).toMatchObject({ upgraded: false, status: 401 })
    }
    expect(await echo(eve)).toBe('are you there?')
    expect(there.revocations.stats()).toMatchObject({ closed: ROUNDS, sure: true })
    stated(`revoked on one node, closed on another one over ${engine.name}, ${ROUNDS} times`, times)
  }, 30_000)

  it('fault 27: cut off from the engine, a node closes its connections at the deadline, and lets nobody in until it hears again', async () => {
    const [here, there] = await pair(engine, port())
    const peer = await enter(here)
    const neighbour = await enter(there)
    here.network.refuse()
    await expect.poll(() => here.revocations.stats().sure, soon).toBe(false)
    await here.clock.advance(DEADLINE - 1)
    expect(await echo(peer)).toBe('are you there?')
    await here.clock.advance(1)
    expect(await peer.closed).toEqual({ code: 1013, reason: 'revocations are unknown' })
    expect(await answered(here)).toMatchObject({ upgraded: false, status: 503 })
    expect(await echo(neighbour)).toBe('are you there?')

    const { published } = await here.revocations.revoke({ subject: 'ada', before: here.clock.now() })
    expect(published).toBe(false)
    here.network.pass()
    await expect.poll(() => here.revocations.stats(), soon).toMatchObject({ sure: true, waiting: 0 })
    expect((await neighbour.closed).code).toBe(4001)
    // It cannot know what it has missed: credentials of before are to be refreshed.
    expect(await answered(here, { sub: 'eve' })).toMatchObject({ upgraded: false, status: 401 })
    await enter(here, { sub: 'eve', iat: NOW + DEADLINE / 1_000 })
  }, 30_000)

  it('fault 28: one device has one connection: another node replaces it with 4002, and of two at once one stays', async () => {
    const nodes = await pair(engine, port())
    const [here, there] = nodes
    const first = await enter(here, { device: 'phone' })
    const second = await enter(there, { device: 'phone' })
    expect(await first.closed).toEqual({ code: 4002, reason: 'replaced' })
    expect(await echo(second)).toBe('are you there?')

    for (let race = 0; race < RACES; race += 1) {
      const device = `device ${race}`
      const answers = await Promise.all(nodes.map((node) => answered(node, { device })))
      const peers = answers.flatMap((answer) => (answer.upgraded ? [answer.peer] : []))
      expect(peers).toHaveLength(2)
      const gone = await Promise.race(peers.map(async (peer) => ({ peer, ...(await peer.closed) })))
      expect(gone.code).toBe(4002)
      const winner = peers.find((peer) => peer !== gone.peer)
      expect(winner && (await echo(winner))).toBe('are you there?')
      await expect.poll(() => here.one.held() + there.one.held(), soon).toBe(2 + race)
    }
  }, 30_000)
})
