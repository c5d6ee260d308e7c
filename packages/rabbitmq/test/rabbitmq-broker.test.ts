import type { Broker } from '@linkspan/core'
import { type RabbitmqBrokerOptions, rabbitmqBroker } from '@linkspan/rabbitmq'
import { VirtualClock } from '@linkspan/testing'
import { type ChannelModel, connect } from 'amqplib'
import { afterEach, describe, expect, it } from 'vitest'
import { FaultProxy } from '../../../tests/support/fault-proxy.js'
import { until } from '../../testing/src/until.js'
import { ownRabbitmq } from './rabbitmq-server.js'
import { Witness } from './witness.js'

/** RabbitMQ takes its time to start, and to notice; every wait in here ends when what it waits for is so. */
const TIMEOUT = 120_000
const CHANNEL = 'linkspan.topic.~.lobby'

const rabbitmq = ownRabbitmq()
const releases: (() => unknown)[] = []

afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release()
})

interface Way extends RabbitmqBrokerOptions {
  readonly port?: number
  readonly heartbeat?: number
}

function brokerBy({ port, heartbeat, ...options }: Way = {}): Broker {
  const url = rabbitmq().url(port, heartbeat)
  return rabbitmqBroker(() => connect(url, { noDelay: true, timeout: 20_000 }), {
    reconnect: { max: 300 },
    ...options,
  })
}

async function joined(way?: Way): Promise<Witness> {
  const node = new Witness(brokerBy(way))
  releases.push(() => node.link.close())
  await node.tells('up')
  return node
}

async function network(): Promise<FaultProxy> {
  const proxy = await FaultProxy.to(rabbitmq().port)
  releases.push(() => proxy.close())
  return proxy
}

/** Shows that what one publishes the other hears, once it has asked for it again. */
async function assertWorks(from: Witness, to: Witness, text: string): Promise<void> {
  await to.link.subscribe(CHANNEL)
  await from.say(CHANNEL, text)
  await to.hears(CHANNEL, text)
}

describe('an engine that goes away', () => {
  it(
    'is killed and started again: told as down and up, and all works as before',
    async () => {
      const [from, to] = [await joined(), await joined()]
      await assertWorks(from, to, 'before')
      await rabbitmq().kill()
      await from.tells('up', 'down')
      await to.tells('up', 'down')
      await expect(from.say(CHANNEL, 'nobody')).rejects.toMatchObject({ code: 'LINKSPAN_BROKER' })
      await expect(to.link.subscribe(CHANNEL)).rejects.toMatchObject({ code: 'LINKSPAN_BROKER' })
      await rabbitmq().start()
      await from.tells('up', 'down', 'up')
      await to.tells('up', 'down', 'up')
      await assertWorks(from, to, 'after')
    },
    TIMEOUT,
  )

  it(
    'stops to answer: the heartbeat finds out, and what was asked rejects',
    async () => {
      const node = await joined({ heartbeat: 1 })
      releases.push(() => rabbitmq().resume())
      await rabbitmq().pause()
      const publish = node.say(CHANNEL, 'never taken')
      const subscribe = node.link.subscribe(CHANNEL)
      await expect(publish).rejects.toThrow('RabbitMQ failed: channel closed.')
      await expect(subscribe).rejects.toMatchObject({ code: 'LINKSPAN_BROKER' })
      await node.tells('up', 'down')
      expect(node.errors[0]?.message).toBe('RabbitMQ failed: Heartbeat timeout.')
      rabbitmq().resume()
      await node.tells('up', 'down', 'up')
      await assertWorks(node, node, 'after')
    },
    TIMEOUT,
  )

  it(
    'is reset by the network: both connections are made anew',
    async () => {
      const proxy = await network()
      const node = await joined({ port: proxy.port })
      proxy.reset()
      await node.tells('up', 'down', 'up')
      await assertWorks(node, node, 'after')
      await until(() => proxy.connections === 2, 'there are two connections')
    },
    TIMEOUT,
  )

  it(
    'closes the connections at the word of an operator: they are made anew',
    async () => {
      const node = await joined()
      await rabbitmq().control('close_all_connections', 'maintenance')
      await node.tells('up', 'down', 'up')
      expect(node.errors[0]?.message).toBe('RabbitMQ failed: 320 (CONNECTION-FORCED).')
      await assertWorks(node, node, 'after')
    },
    TIMEOUT,
  )

  it(
    'passes nothing on: past the bound publishing rejects at once, and close settles',
    async () => {
      const proxy = await network()
      const node = await joined({ port: proxy.port, pending: { messages: 3, bytes: 1_000 } })
      proxy.stall()
      const waiting = [1, 2, 3].map(() => node.say(CHANNEL, 'waits'))
      const settled = Promise.allSettled(waiting)
      await expect(node.say(CHANNEL, 'no room')).rejects.toThrow('3 payloads wait for RabbitMQ already.')
      await node.link.close()
      expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
      // A network that holds everything back learns only now that we have gone.
      proxy.pass()
      await until(() => proxy.connections === 0, 'no connection is left')
      expect(node.told).toEqual(['up'])
    },
    TIMEOUT,
  )

  it(
    'has room for fewer bytes than are waiting: publishing rejects at once',
    async () => {
      const proxy = await network()
      const node = await joined({ port: proxy.port, pending: { bytes: 1_000 } })
      proxy.stall()
      const waits = node.link.publish(CHANNEL, new Uint8Array(600))
      await expect(node.link.publish(CHANNEL, new Uint8Array(600))).rejects.toThrow(
        'wait for RabbitMQ already',
      )
      proxy.pass()
      await waits
      await node.link.publish(CHANNEL, new Uint8Array(600))
    },
    TIMEOUT,
  )
})

describe('a connection that comes too late', () => {
  it(
    'is closed, both after the deadline and after the node has left',
    async () => {
      const clock = new VirtualClock()
      const made: ChannelModel[] = []
      let closed = 0
      let letThrough = (): void => {}
      const gate = new Promise<void>((resolve) => {
        letThrough = resolve
      })
      const broker = rabbitmqBroker(
        async () => {
          await gate
          const model = await connect(rabbitmq().url())
          model.on('close', () => {
            closed += 1
          })
          made.push(model)
          return model
        },
        { clock, connectTimeout: 2_000 },
      )
      const [late, left] = [new Witness(broker), new Witness(broker)]
      await clock.advance(1_999)
      expect(late.told).toEqual([])
      const leaving = left.link.close()
      await clock.advance(1_000)
      await leaving
      await late.tells('down')
      expect(late.errors[0]?.message).toBe('RabbitMQ was not connected to within 2000 ms.')
      const gone = late.link.close()
      await clock.advance(1_000)
      await gone
      letThrough()
      await until(() => made.length >= 4 && closed === made.length, 'all have been closed')
      expect([late.told, left.told]).toEqual([['down'], []])
    },
    TIMEOUT,
  )
})

describe('an engine that refuses', () => {
  it(
    'is short of memory: publishing rejects at once, all else goes on, and so does publishing afterwards',
    async () => {
      const [from, to] = [await joined(), await joined()]
      await assertWorks(from, to, 'before')
      releases.push(() => rabbitmq().control('set_vm_memory_high_watermark', '0.4'))
      await rabbitmq().control('set_vm_memory_high_watermark', '0')
      // The first one is how RabbitMQ learns that this connection publishes.
      await expect(from.say(CHANNEL, 'late')).rejects.toThrow('it is short of memory or disk')
      await expect(from.say(CHANNEL, 'refused')).rejects.toThrow('it is short of memory or disk')
      await to.link.subscribe('linkspan.topic.~.other')
      await rabbitmq().control('set_vm_memory_high_watermark', '0.4')
      // It was sent, and nobody knew whether it would be taken.
      await to.hears(CHANNEL, 'late')
      await until(() => from.told.length === 1, 'it stayed up', 60_000)
      let taken = false
      while (!taken) {
        taken = await from.say('linkspan.topic.~.other', 'after').then(
          () => true,
          () => false,
        )
        await new Promise(setImmediate)
      }
      await to.hears('linkspan.topic.~.other', 'after')
      expect(to.heard.some(({ payload }) => Buffer.from(payload).toString() === 'refused')).toBe(false)
      expect([from.told, to.told]).toEqual([['up'], ['up']])
    },
    TIMEOUT,
  )

  it(
    'does not know the user: down once, as often as it is tried, and no word of the secret',
    async () => {
      let attempts = 0
      const url = rabbitmq().url().replace('127', 'ada:hunter2@127')
      const broker = rabbitmqBroker(
        () => {
          attempts += 1
          return connect(url)
        },
        { reconnect: { min: 1, max: 10 } },
      )
      const node = new Witness(broker)
      releases.push(() => node.link.close())
      await until(() => attempts >= 6, 'it was tried again', 30_000)
      expect(node.told).toEqual(['down'])
      expect(node.errors[0]).toMatchObject({
        code: 'LINKSPAN_BROKER',
        message: 'RabbitMQ failed: 403 (ACCESS-REFUSED).',
      })
    },
    TIMEOUT,
  )

  it(
    'gives the user what is documented and no more: all works',
    async () => {
      const names = '^(shop|amq\\.gen-.*)$'
      const written = '^(shop|amq\\.gen-.*|amq\\.default)$'
      await rabbitmq().control('add_user', 'app', 'word')
      releases.push(() => rabbitmq().control('delete_user', 'app'))
      await rabbitmq().control('set_permissions', 'app', names, written, names)
      const url = rabbitmq().url().replace('127', 'app:word@127')
      const broker = (exchange: string) => rabbitmqBroker(() => connect(url), { exchange })
      const node = new Witness(broker('shop'))
      releases.push(() => node.link.close())
      await node.tells('up')
      await assertWorks(node, node, 'hello')
      const stranger = new Witness(broker('bank'))
      releases.push(() => stranger.link.close())
      await stranger.tells('down')
      expect(stranger.errors[0]?.message).toBe('RabbitMQ failed: 403 (ACCESS-REFUSED).')
    },
    TIMEOUT,
  )

  it(
    'has an exchange of that name and another kind: down, until somebody removes it',
    async () => {
      const operator = await connect(rabbitmq().url())
      releases.push(() => operator.close())
      const channel = await operator.createChannel()
      await channel.assertExchange('taken', 'fanout')
      const node = new Witness(brokerBy({ exchange: 'taken' }))
      releases.push(() => node.link.close())
      await node.tells('down')
      expect(node.errors[0]?.message).toBe('RabbitMQ failed: 406 (PRECONDITION-FAILED).')
      await channel.deleteExchange('taken')
      await node.tells('down', 'up')
    },
    TIMEOUT,
  )
})

describe('what an operator deletes', () => {
  it.each([
    ['the queue of a node', true, 'RabbitMQ has deleted the queue of this node. It is made anew.'],
    ['the one for what is lost', false, 'RabbitMQ has deleted a queue of this node. It is made anew.'],
  ])(
    '%s: made anew, and told as down and up, since something was missed',
    async (_, main, message) => {
      const node = await joined()
      const listed = await rabbitmq().control('list_queues', 'name', 'arguments', '--no-table-headers')
      const queues = listed.trim().split('\n')
      expect(queues).toHaveLength(2)
      const [queue = ''] = queues.find((line) => line.includes('x-dead-letter') === main)?.split('\t') ?? []
      await rabbitmq().control('delete_queue', queue)
      await node.tells('up', 'down', 'up')
      expect(node.errors[0]?.message).toBe(message)
      await assertWorks(node, node, 'after')
    },
    TIMEOUT,
  )

  it(
    'the exchange: made anew when the next call finds out',
    async () => {
      const node = await joined({ exchange: 'short-lived' })
      const operator = await connect(rabbitmq().url())
      releases.push(() => operator.close())
      await (await operator.createChannel()).deleteExchange('short-lived')
      await expect(node.say(CHANNEL, 'nowhere')).rejects.toMatchObject({ code: 'LINKSPAN_BROKER' })
      await node.tells('up', 'down', 'up')
      expect(node.errors[0]?.message).toBe('RabbitMQ failed: 404 (NOT-FOUND).')
      await assertWorks(node, node, 'after')
    },
    TIMEOUT,
  )
})

describe('a node that is slow', () => {
  const payload = new Uint8Array(65_536)
  /** More than all the sockets between it and RabbitMQ hold, and a quarter of what RabbitMQ gives a connection to write. */
  const MANY = 800

  it(
    'loses the oldest past the bound, is told of gaps once a second, and hears the newest',
    async () => {
      const proxy = await network()
      const clock = new VirtualClock()
      const [from, slow] = [
        await joined(),
        await joined({ port: proxy.port, queue: { messages: 10 }, clock }),
      ]
      await slow.link.subscribe(CHANNEL)
      proxy.stall()
      await Promise.all(Array.from({ length: MANY }, () => from.link.publish(CHANNEL, payload)))
      await from.say(CHANNEL, 'the newest')
      proxy.pass()
      await slow.hears(CHANNEL, 'the newest')
      await slow.tells('up', 'gap')
      // What was lost after the first, however much that was, is one more.
      await clock.advance(1_000)
      await slow.tells('up', 'gap', 'gap')
      expect(slow.heard.length).toBeLessThan(MANY)
      await clock.advance(1_000)
      await assertWorks(from, slow, 'as before')
      expect([from.told, slow.told]).toEqual([['up'], ['up', 'gap', 'gap']])
    },
    TIMEOUT,
  )

  it(
    'loses the newest and is told of a gap, where the publisher is to be refused',
    async () => {
      const proxy = await network()
      const bounds = { messages: 10, overflow: 'refuse' } as const
      const [from, slow] = [await joined(), await joined({ port: proxy.port, queue: bounds })]
      const other = await joined()
      await slow.link.subscribe(CHANNEL)
      await other.link.subscribe(CHANNEL)
      proxy.stall()
      const calls = Array.from({ length: MANY }, () => from.link.publish(CHANNEL, payload))
      const refused = (await Promise.allSettled(calls)).filter(({ status }) => status === 'rejected')
      expect(refused.length).toBeGreaterThan(0)
      expect(refused[0]).toMatchObject({
        reason: { message: expect.stringContaining('queue of a node is full') },
      })
      proxy.pass()
      await until(() => slow.told.includes('gap'), 'the gap was told', 30_000)
      await until(() => other.heard.length === MANY, 'the other node has heard all', 30_000)
      expect(other.told).toEqual(['up'])
    },
    TIMEOUT,
  )
})

describe('a payload', () => {
  it(
    'larger than maxPayload rejects, and nothing else is touched',
    async () => {
      const node = await joined({ maxPayload: 65_536 })
      await expect(node.link.publish(CHANNEL, new Uint8Array(65_537))).rejects.toThrow(
        'a payload has more than maxPayload, 65536 bytes.',
      )
      await assertWorks(node, node, 'as before')
      expect(node.told).toEqual(['up'])
    },
    TIMEOUT,
  )
})
