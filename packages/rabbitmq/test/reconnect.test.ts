import { rabbitmqBroker } from '@linkspan/rabbitmq'
import { VirtualClock } from '@linkspan/testing'
import { expect, it } from 'vitest'
import { until } from '../../testing/src/until.js'
import { Backoff } from '../src/backoff.js'
import { settingsOf } from '../src/options.js'
import { Witness } from './witness.js'

/** An engine that is never there: the instants at which somebody knocked. */
function nobody(clock: VirtualClock, random: () => number) {
  const knocks: number[] = []
  const broker = rabbitmqBroker(
    () => {
      knocks.push(clock.monotonic())
      return Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
    },
    { clock, random, reconnect: { min: 100, max: 1_000 } },
  )
  return { knocks, node: new Witness(broker) }
}

/** Lets the clock go on to each knock of so many, each of which is for two connections. */
async function pass(clock: VirtualClock, knocks: readonly number[], count: number): Promise<number[]> {
  while (knocks.length < count * 2) {
    await until(() => clock.pending === 1, 'it waits')
    await clock.advance(1)
  }
  return knocks.filter((_, index) => index % 2 === 0)
}

it('waits at random up to a bound that doubles, and ends at the largest', async () => {
  const clock = new VirtualClock()
  const { knocks, node } = nobody(clock, () => 0.5)
  const instants = await pass(clock, knocks, 7)
  const waits = instants.slice(1).map((instant, index) => instant - (instants[index] ?? 0))
  expect(waits).toEqual([50, 100, 200, 400, 500, 500])
  expect(node.told).toEqual(['down'])
  expect(node.errors[0]).toMatchObject({
    code: 'LINKSPAN_BROKER',
    message: 'RabbitMQ failed: ECONNREFUSED.',
  })
  await node.link.close()
  expect(clock.pending).toBe(0)
})

it('knocks at any instant below the bound, so that nodes do not come together', async () => {
  const clock = new VirtualClock()
  const chances = [0.999, 0.02, 0.37]
  const { knocks, node } = nobody(clock, () => chances.shift() ?? 0.9)
  const instants = await pass(clock, knocks, 4)
  expect(instants.slice(1)).toEqual([99, 99 + 4, 103 + 148])
  await node.link.close()
  await clock.advance(10_000)
  expect(knocks).toHaveLength(8)
})

it('takes a connection that did not last for a failure, and one that did for a new beginning', () => {
  const backoff = new Backoff(settingsOf({ random: () => 0.5, reconnect: { min: 100, max: 1_000 } }))
  expect([0, 999, 1_000, 0].map((lasted) => backoff.next(lasted))).toEqual([50, 100, 50, 100])
})

it('tells of what a connection failed with the kind only', async () => {
  const failures: readonly (readonly [unknown, string])[] = [
    [new Error('getaddrinfo for secret.example'), 'Error'],
    [new TypeError('secret'), 'TypeError'],
    ['secret', 'unknown'],
    [
      new Error('Handshake terminated by server: 530 (NOT-ALLOWED) with message "secret"'),
      '530 (NOT-ALLOWED)',
    ],
    [
      new Error('Socket closed abruptly during opening handshake'),
      'Socket closed abruptly during opening handshake',
    ],
  ]
  for (const [thrown, kind] of failures) {
    const clock = new VirtualClock()
    const node = new Witness(rabbitmqBroker(() => Promise.reject(thrown), { clock }))
    await node.tells('down')
    expect(node.errors[0]?.message).toBe(`RabbitMQ failed: ${kind}.`)
    await node.link.close()
  }
})

it('takes a connect that throws at once as one that rejects', async () => {
  const broker = rabbitmqBroker(() => {
    throw new TypeError('no url')
  })
  const node = new Witness(broker)
  expect(node.told).toEqual([])
  await node.tells('down')
  await node.link.close()
})
