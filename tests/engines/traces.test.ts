import { randomBytes, randomUUID } from 'node:crypto'
import { expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { sign } from '../../packages/auth/test/issuer.js'
import { Program } from '../../packages/node/test/program/started.js'
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp.js'
import { engines } from './engines.js'

/** Processes take a while to start. */
const PATIENCE = 60_000
const SECRET = 'what only the issuer and this server know'

const redis = engines.find(({ name }) => name === 'Redis')
if (redis === undefined) throw new Error('there is no Redis among the engines')
const at = redis.at()

interface Node {
  readonly name: string
  readonly program: Program
  readonly port: unknown
}

async function start(name: string, app: string, receiver: OtlpReceiver): Promise<Node> {
  const file = new URL('../support/traced-node.ts', import.meta.url).href
  const env = { NODE: name, APP: app, REDIS: String(at()), OTLP: `${receiver.url}/${name}`, SECRET }
  const program = new Program(file, env)
  return { name, program, port: await program.hears('port') }
}

/** A client that is in its topic, and what it gets. */
async function join({ program, port }: Node, token: string, headers: Readonly<Record<string, string>> = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/chat/lobby?room=hush`, {
    headers: { ...headers, authorization: `Bearer ${token}` },
  })
  const got: unknown[] = []
  socket.on('message', (data: Buffer) => got.push(JSON.parse(data.toString())))
  onTestFinished(() => socket.terminate())
  await program.hears('joined')
  return { socket, got }
}

/** The one span of a name, of a trace and a process. */
function finder(spans: readonly ReceivedSpan[]) {
  return (trace: string, from: string, name: string): ReceivedSpan => {
    const [found, ...others] = spans.filter(
      (span) => span.trace === trace && span.from === from && span.name === name,
    )
    if (found === undefined || others.length > 0) {
      const there = spans.map((span) => `${span.trace} ${span.from} ${span.name}`).join('\n')
      throw new Error(`there is not one ${name} of ${from} in ${trace}, but\n${there}`)
    }
    return found
  }
}

it(
  'one trace leads from a client through a node, a broker and another node, as its collector gets it',
  async () => {
    const receiver = await OtlpReceiver.start()
    onTestFinished(() => receiver.close())
    const app = `traces-${randomUUID()}`
    const [here, there] = await Promise.all([start('here', app, receiver), start('there', app, receiver)])
    const now = Math.floor(Date.now() / 1_000)
    const token = await sign({ sub: 'ada', iat: now, exp: now + 600 }, new TextEncoder().encode(SECRET))

    // The client has a trace, and a span each for the handshake and for one of its messages.
    const trace = randomBytes(16).toString('hex')
    const connecting = randomBytes(8).toString('hex')
    const saying = randomBytes(8).toString('hex')
    const of = (span: string) => ({ traceparent: `00-${trace}-${span}-01` })
    const hears = await join(there, token)
    const says = await join(here, token, of(connecting))
    says.socket.send(JSON.stringify({ text: 'traced', trace: of(saying) }))
    says.socket.send(JSON.stringify({ text: 'alone' }))
    await vi.waitUntil(() => hears.got.length === 2, { timeout: 10_000, interval: 5 })
    await there.program.hears('indexed', 2)
    for (const { program } of [here, there]) {
      program.signal('SIGTERM')
      expect(await program.exited).toEqual({ code: 0, signal: null })
      expect(program.errors).toBe('')
    }

    const find = finder(receiver.spans)
    const handshake = find(trace, '/here', 'WebSocket handshake')
    const lookUp = find(trace, '/here', 'look up')
    const message = find(trace, '/here', 'handle message')
    const send = find(trace, '/here', 'send topic')
    const deliver = find(trace, '/there', 'deliver topic')
    const emit = find(trace, '/here', 'emit event')
    const handle = find(trace, '/there', 'handle event')
    const index = find(trace, '/there', 'index')
    const tree = [handshake, lookUp, message, send, deliver, emit, handle, index]
    expect(receiver.spans.filter((span) => span.trace === trace)).toHaveLength(tree.length)
    expect(tree.map(({ parent }) => parent)).toEqual([
      connecting,
      handshake.id,
      saying,
      message.id,
      send.id,
      message.id,
      emit.id,
      handle.id,
    ])
    expect(tree.map(({ kind }) => kind)).toEqual([
      'server',
      'internal',
      'consumer',
      'producer',
      'consumer',
      'producer',
      'consumer',
      'internal',
    ])
    expect(tree.filter(({ error, start, end }) => error || end < start)).toEqual([])
    expect(handshake.attributes).toMatchObject({
      'http.request.method': 'GET',
      'http.response.status_code': 101,
      'linkspan.app': app,
      'linkspan.transport': 'ws',
      'url.path': '/chat/lobby',
    })
    expect(
      handshake.events.map(({ name, attributes }) => [
        name,
        attributes['linkspan.middleware'],
        attributes['linkspan.decision'],
      ]),
    ).toEqual(['limitConnections', 'jwt', 'profile'].map((name) => ['linkspan.middleware', name, 'next']))
    expect(message.links).toEqual([{ trace, id: handshake.id }])
    expect(message.attributes['linkspan.connection.id']).toBe(handshake.attributes['linkspan.connection.id'])
    expect([deliver.attributes['linkspan.node'], handle.attributes['linkspan.node']]).toEqual([
      'here',
      'here',
    ])

    // A message without a trace of its client's has its own, which leads on as far, and back to its handshake.
    const root = receiver.spans.find((span) => span.name === 'handle message' && span.trace !== trace)
    if (root === undefined) throw new Error('the other message was not traced')
    expect(root.parent).toBe('')
    expect(root.links).toEqual([{ trace, id: handshake.id }])
    const hops = [
      '/here send topic',
      '/there deliver topic',
      '/here emit event',
      '/there handle event',
      '/there index',
    ]
    expect(
      receiver.spans
        .filter((span) => span.trace === root.trace && span !== root)
        .map(({ from, name }) => `${from} ${name}`)
        .sort(),
    ).toEqual(hops.sort())

    const all = Buffer.concat(receiver.bodies)
    expect(
      [token, 'hush', 'inner circle', 'traced', 'alone', 'ada', '127.0.0.1'].filter((secret) =>
        all.includes(secret),
      ),
    ).toEqual([])
  },
  PATIENCE,
)
