import { type RabbitmqBrokerOptions, rabbitmqBroker } from '@linkspan/rabbitmq'
import { expect, it } from 'vitest'
import { settingsOf } from '../src/options.js'

const never = () => Promise.reject(new Error('nobody connects in here'))

it.each<readonly [string, RabbitmqBrokerOptions]>([
  ['exchange', { exchange: '' }],
  ['exchange', { exchange: 'amq.topic' }],
  ['exchange', { exchange: 'with space' }],
  ['exchange', { exchange: 'x'.repeat(128) }],
  ['queue.messages', { queue: { messages: 0 } }],
  ['queue.messages', { queue: { messages: 2 ** 31 } }],
  ['queue.bytes', { queue: { bytes: 1.5 } }],
  // @ts-expect-error: there is no such policy
  ['queue.overflow', { queue: { overflow: 'close' } }],
  ['pending.messages', { pending: { messages: -1 } }],
  ['pending.bytes', { pending: { bytes: 0 } }],
  ['maxPayload', { maxPayload: 65_535 }],
  ['maxPayload', { maxPayload: 134_217_729 }],
  ['connectTimeout', { connectTimeout: 0 }],
  ['closeTimeout', { closeTimeout: 2 ** 31 }],
  ['reconnect.min', { reconnect: { min: 0 } }],
  ['reconnect.max', { reconnect: { min: 500, max: 499 } }],
])('refuses a wrong %s, and says so', (name, options) => {
  const made = () => rabbitmqBroker(never, options)
  expect(made).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
  expect(made).toThrow(new RegExp(`^${name} takes `))
})

it('has the defaults that are documented', () => {
  expect(settingsOf({})).toMatchObject({
    exchange: 'linkspan',
    queue: { messages: 10_000, bytes: 67_108_864, overflow: 'drop-oldest' },
    pending: { messages: 10_000, bytes: 67_108_864 },
    maxPayload: 1_048_576,
    connectTimeout: 10_000,
    closeTimeout: 1_000,
    reconnect: { min: 100, max: 10_000 },
  })
})

it('lets the shortest wait alone raise the longest', () => {
  expect(settingsOf({ reconnect: { min: 60_000 } }).reconnect).toEqual({ min: 60_000, max: 60_000 })
})
