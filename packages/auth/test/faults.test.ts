import { type Authenticated, type Linkspan, linkspan, memoryBroker } from '@linkspan/core'
import type { Peer, TestHost } from '@linkspan/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hosts } from '../../../tests/hosts.js'
import { jwt, type Revocations, renewal, revocation, single } from '../src/index.js'
import { SECRET, sign } from './issuer.js'
import { SILENT } from './known.js'

const NODES = 3
const CLIENTS = 100
/** Milliseconds within which a revocation closes every connection, on a machine that is busy with other tests. */
const BOUND = 2_000

interface Node {
  readonly host: TestHost
  readonly revocations: Revocations
  /** When each of its connections was gone, and by which code, by the one clock of this process. */
  readonly ends: { readonly at: number; readonly code: number }[]
}

/** Several nodes of one application on real sockets. */
async function cluster(also: (app: Linkspan<Authenticated>) => void = () => {}): Promise<Node[]> {
  const ws = hosts.find(({ name }) => name === '@linkspan/ws')
  const broker = memoryBroker()
  const nodes: Node[] = []
  for (let index = 0; index < NODES; index += 1) {
    const tokens = jwt({ secret: SECRET })
    const whole = linkspan({ origin: '*', logger: SILENT, broker })
    const revocations = revocation({ bus: whole.bus('revocations'), logger: SILENT })
    const app = whole.use(tokens).use(revocations)
    also(app as unknown as Linkspan<Authenticated>)
    app.message(renewal({ tokens })).message((conn, message) => {
      conn.send(message)
    })
    const ends: Node['ends'] = []
    app.on('close', (_, { code }) => ends.push({ at: performance.now(), code }))
    const host = await ws?.factory(app as unknown as Linkspan<unknown>)
    if (host === undefined) throw new Error('no ws')
    onTestFinished(async () => {
      revocations.close()
      for (const conn of app.connections) conn.terminate()
      await app.drain()
      await host.close()
    })
    await app.ready()
    nodes.push({ host, revocations, ends })
  }
  return nodes
}

async function enter({ host }: Node, claims: Readonly<Record<string, unknown>>): Promise<Peer> {
  const seconds = Math.floor(Date.now() / 1_000)
  const token = await sign({ iat: seconds, exp: seconds + 3_600, ...claims })
  const answer = await host.connect({ headers: { authorization: `Bearer ${token}` } }).answer
  if (!answer.upgraded) throw new Error(`refused: ${answer.status}`)
  return answer.peer
}

async function alive(peer: Peer): Promise<void> {
  peer.send('are you there?')
  expect(await peer.next()).toBe('are you there?')
}

describe('on several nodes, with real sockets', () => {
  it('fault 27: a revocation closes all connections of a subject everywhere, within a time that is measured', async () => {
    const nodes = await cluster()
    const peers = await Promise.all(
      nodes.flatMap((node) => Array.from({ length: CLIENTS }, () => enter(node, { sub: 'ada' }))),
    )
    const others = await Promise.all(nodes.map((node) => enter(node, { sub: 'eve' })))
    for (const peer of [...peers, ...others]) await alive(peer)

    const begun = performance.now()
    const report = await nodes[0]?.revocations.revoke({ subject: 'ada' })
    const codes = await Promise.all(peers.map(async ({ closed }) => (await closed).code))

    expect(new Set(codes)).toEqual(new Set([4001]))
    expect(report).toMatchObject({ closed: CLIENTS, published: true })
    for (const peer of others) await alive(peer)
    const last = nodes.map(({ ends }) => Math.max(...ends.map(({ at }) => at)) - begun)
    expect(nodes.map(({ ends }) => ends.filter(({ code }) => code === 4001).length)).toEqual([
      CLIENTS,
      CLIENTS,
      CLIENTS,
    ])
    process.stdout.write(
      `revocation of ${NODES} × ${CLIENTS} connections: reported ${report?.latency.toFixed(1)} ms, ` +
        `last close on each node after ${last.map((time) => time.toFixed(1)).join(', ')} ms\n`,
    )
    expect(Math.max(...last)).toBeLessThan(BOUND)
    expect(report?.latency).toBeLessThan(BOUND)
  })

  it('fault 26: a renewal as someone else ends with 4003, one of its own goes on', async () => {
    const [node] = await cluster()
    if (node === undefined) throw new Error('no node')
    const peer = await enter(node, { sub: 'ada' })
    const exp = Math.floor(Date.now() / 1_000) + 7_200
    peer.send(JSON.stringify({ type: 'renew', token: await sign({ sub: 'ada', exp }) }))
    expect(await peer.next()).toBe(`{"type":"renewed","expiresAt":${exp * 1_000}}`)
    peer.send(JSON.stringify({ type: 'renew', token: await sign({ sub: 'eve', exp }) }))
    expect((await peer.closed).code).toBe(4003)
  })

  it('fault 28: of many connections of one identity at once, on several nodes, one is left; the others get 4002', async () => {
    const nodes = await cluster((app) => {
      const one = single({ bus: app.bus('claims'), logger: SILENT })
      onTestFinished(() => one.close())
      app.use(one)
    })
    const peers = await Promise.all(
      nodes.flatMap((node) => Array.from({ length: 10 }, () => enter(node, { sub: 'ada' }))),
    )
    const codes: (number | undefined)[] = []
    const losers = new Promise<void>((resolve) => {
      for (const { closed } of peers) {
        void closed.then(({ code }) => codes.push(code) === peers.length - 1 && resolve())
      }
    })
    await losers
    expect(new Set(codes)).toEqual(new Set([4002]))
    const left = nodes.map(({ revocations }) => revocations.stats().tracked)
    expect(left.reduce((sum, count) => sum + count)).toBe(1)
  })
})
