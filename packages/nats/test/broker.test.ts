import { natsBroker } from '@linkspan/nats'
import { VirtualClock } from '@linkspan/testing'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { natsOfATest, ownNats } from './nats-server.js'
import { Node } from './node.js'

const soon = { timeout: 8_000, interval: 5 }

/** A promise, and its way out. */
function hold<Value>(): { promise: Promise<Value>; resolve(value: Value): void } {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((settle) => {
    resolve = settle
  })
  return { promise, resolve: (value) => resolve(value) }
}

describe('natsBroker', () => {
  const server = ownNats()
  const start = natsOfATest()
  const open: NatsConnection[] = []
  const nodes: Node[] = []
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.link.close()
    for (const connection of open.splice(0)) await connection.close()
  })

  async function dial(): Promise<NatsConnection> {
    const connection = await connect({ port: server().port })
    open.push(connection)
    return connection
  }

  async function join(broker = natsBroker(dial)): Promise<Node> {
    const node = new Node(broker)
    nodes.push(node)
    await expect.poll(() => node.last, soon).toBe('up')
    return node
  }

  it.each([[{ maxPending: 0 }], [{ maxPending: 0.5 }]])('does not take %j', (options) => {
    expect(() => natsBroker(dial, options)).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
  })

  it('does not take what is no connection', () => {
    for (const wrong of [{}, undefined]) {
      expect(() => natsBroker(wrong as unknown as NatsConnection)).toThrow(
        expect.objectContaining({ code: 'LINKSPAN_OPTION' }),
      )
    }
  })

  it('uses the channel as the subject, and a digest where it is long', async () => {
    const bystander = await dial()
    const subjects: string[] = []
    bystander.subscribe('>', { callback: (_error, { subject }) => void subjects.push(subject) })
    await bystander.flush()
    const node = await join()
    const long = `linkspan.topic.~.${'x'.repeat(983)}`
    await node.publish('linkspan.topic.~.lobby', 'hello')
    await node.publish(long, 'at the limit')
    await node.publish(`${long}y`, 'past the limit')
    await expect.poll(() => subjects.length, soon).toBe(3)
    expect(subjects).toEqual(['linkspan.topic.~.lobby', long, expect.stringMatching(/^~h\.[0-9a-f]{64}$/)])
  })

  it('asks for one answer for all that is published in one turn', async () => {
    const connection = await dial()
    const flush = vi.spyOn(connection, 'flush')
    const [node, other] = [await join(natsBroker(connection)), await join()]
    await other.link.subscribe('a.b')
    flush.mockClear()
    await Promise.all(Array.from({ length: 100 }, (_, index) => node.publish('a.b', String(index))))
    expect(flush).toHaveBeenCalledTimes(1)
    await expect
      .poll(() => other.heard, soon)
      .toEqual(Array.from({ length: 100 }, (_, index) => String(index)))
  })

  it('knows the largest payload from the server, and refuses more with its name', async () => {
    const own = await start('max_payload: 100000\n')
    const broker = natsBroker(() => connect({ port: own.port }))
    const node = new Node(broker)
    nodes.push(node)
    expect(node.link.maxPayload).toBe(65_536)
    await expect.poll(() => node.last, soon).toBe('up')
    expect(node.link.maxPayload).toBe(100_000)
    await node.link.publish('a', new Uint8Array(100_000))
    await expect(node.link.publish('a', new Uint8Array(100_001))).rejects.toThrow('max_payload is 100000')
    await node.publish('a', 'it goes on')
    expect(node.told).toEqual(['up'])
  })

  it('leaves a connection that was handed in, with nothing of its own upon it', async () => {
    const connection = await dial()
    const before = await server().known()
    const node = await join(natsBroker(connection))
    await node.link.subscribe('a.b')
    await node.link.subscribe('a.c')
    await node.link.close()
    await connection.flush()
    await expect.poll(() => server().known(), soon).toBe(before)
    expect(connection.isClosed()).toBe(false)
  })

  it('ends a connection that it made, also one that comes after close', async () => {
    const node = await join()
    await node.link.close()
    expect(open.at(-1)?.isClosed()).toBe(true)
    const late = hold<NatsConnection>()
    const asked = vi.fn(() => late.promise)
    const left = new Node(natsBroker(asked))
    await expect.poll(() => asked.mock.calls.length, soon).toBe(1)
    await left.link.close()
    const connection = await dial()
    late.resolve(connection)
    await connection.closed()
    expect(left.told).toEqual([])
    expect(asked).toHaveBeenCalledTimes(1)
  })

  it('tries to connect again after pauses that grow, and tells once that it cannot', async () => {
    const clock = new VirtualClock()
    const attempts: number[] = []
    const secret = 'nats://admin:hunter2@nats.example'
    const node = new Node(
      natsBroker(
        () => {
          attempts.push(clock.monotonic())
          return attempts.length < 10 ? Promise.reject(new TypeError(`Invalid URL ${secret}`)) : dial()
        },
        { clock },
      ),
    )
    nodes.push(node)
    await clock.advance(60_000)
    await expect.poll(() => node.last, soon).toBe('up')
    expect(node.told).toEqual(['down', 'up'])
    expect(node.errors.map(({ message }) => message)).toEqual(['NATS cannot be connected to: TypeError.'])
    expect(clock.pending).toBe(0)
    for (let index = 1; index < 10; index += 1) {
      const longest = Math.min(5_000, 100 * 2 ** (index - 1))
      const pause = (attempts[index] ?? 0) - (attempts[index - 1] ?? 0)
      expect(pause).toBeGreaterThanOrEqual(longest / 2)
      expect(pause).toBeLessThanOrEqual(longest)
    }
  })

  it('gives up its pause when it is closed', async () => {
    const clock = new VirtualClock()
    const node = new Node(natsBroker(() => Promise.reject(new Error('no')), { clock }))
    await expect.poll(() => clock.pending, soon).toBe(1)
    await node.link.close()
    expect(clock.pending).toBe(0)
  })

  it('says so when a connection that was handed in is closed, or was', async () => {
    const connection = await dial()
    const node = await join(natsBroker(connection))
    await connection.close()
    await expect.poll(() => node.told, soon).toEqual(['up', 'down'])
    expect(node.errors[0]?.message).toContain('maxReconnectAttempts')
    await expect(node.publish('a', 'b')).rejects.toThrow('cannot be reached')
    const late = new Node(natsBroker(connection))
    await expect.poll(() => late.told, soon).toEqual(['down'])
  })
})

describe('what the server refuses', () => {
  const users = (deny: string): string =>
    `authorization: { users: [
       { user: ada, password: pw, permissions: { publish: { deny: ["no.>"] }, subscribe: { deny: ["no.>"${deny}] } } },
       { user: root, password: pw } ] }\n`
  const server = ownNats(users(''))
  const start = natsOfATest()
  const nodes: Node[] = []
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.link.close()
  })

  async function join(user: string, port = server().port): Promise<Node> {
    const node = new Node(natsBroker(() => connect({ port, user, pass: 'pw' })))
    nodes.push(node)
    await expect.poll(() => node.last, soon).toBe('up')
    return node
  }

  it('rejects what this user may not publish, and nothing else of that turn', async () => {
    const node = await join('ada')
    const calls = await Promise.allSettled([
      node.publish('yes.a', 'a'),
      node.publish('no.a', 'a'),
      node.publish('yes.b', 'a'),
    ])
    expect(calls.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    await expect(node.publish('no.a', 'a')).rejects.toMatchObject({
      code: 'LINKSPAN_BROKER',
      message: 'This user of NATS has no permission to publish there.',
    })
    expect(node.told).toEqual(['up'])
  })

  it('rejects what this user may not subscribe to, each time it is asked', async () => {
    const node = await join('ada')
    for (let time = 0; time < 3; time += 1) {
      await expect(node.link.subscribe('no.a')).rejects.toThrow('no permission to subscribe')
    }
    await node.link.subscribe('yes.a')
    expect(node.told).toEqual(['up'])
  })

  it('rejects a subscription of which nobody knows whether it was refused', async () => {
    const own = await start('max_subs: 2\nmax_subscriptions: 2\n')
    const node = new Node(natsBroker(() => connect({ port: own.port })))
    nodes.push(node)
    await expect.poll(() => node.last, soon).toBe('up')
    await node.link.subscribe('a.1')
    await node.link.subscribe('a.2')
    await expect(node.link.subscribe('a.3')).rejects.toThrow('maximum subscriptions exceeded')
    await node.link.unsubscribe('a.1')
    await node.link.subscribe('a.3')
    await node.publish('a.3', 'hello')
    await expect.poll(() => node.heard, soon).toEqual(['hello'])
  })

  it('tells a gap where a subscription that was in force is taken away', async () => {
    const own = await start(users(''))
    const node = await join('ada', own.port)
    await node.link.subscribe('later.a')
    await node.link.subscribe('yes.a')
    own.configure(users(', "later.>"'))
    own.reload()
    await expect.poll(() => node.told, soon).toEqual(['up', 'gap later.a'])
    await expect(node.link.subscribe('later.a')).rejects.toThrow('no permission')
    own.configure(users(''))
    own.reload()
    await expect
      .poll(
        () =>
          node.link.subscribe('later.a').then(
            () => true,
            () => false,
          ),
        soon,
      )
      .toBe(true)
    const other = await join('root', own.port)
    await other.publish('later.a', 'hello')
    await other.publish('yes.a', 'goodbye')
    await expect.poll(() => [...node.heard].sort(), soon).toEqual(['goodbye', 'hello'])
  })

  it('tells nothing of a password that is wrong', async () => {
    const node = new Node(natsBroker(() => connect({ port: server().port, user: 'ada', pass: 'hunter2' })))
    nodes.push(node)
    await expect.poll(() => node.told, soon).toEqual(['down'])
    expect(node.errors[0]?.message).toBe('NATS cannot be connected to: AuthorizationError.')
  })
})
