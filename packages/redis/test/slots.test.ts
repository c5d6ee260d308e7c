import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { layoutOf, slotOf } from '../src/slots.js'
import { missing, RedisServer } from './redis-server.js'

it.skipIf(missing !== undefined)('finds the slot that Redis does', async () => {
  const server = await RedisServer.start('--cluster-enabled', 'yes', '--cluster-port', '0').catch(() =>
    RedisServer.start('--cluster-enabled', 'yes'),
  )
  const redis = new Redis(server.port, '127.0.0.1')
  for (const name of ['linkspan.topic.~.lobby', 'a', '', '123456789', 'x'.repeat(2_000)])
    expect(slotOf(name)).toBe(await redis.cluster('KEYSLOT', name))
  redis.disconnect()
  await server.stop()
})

it('compares layouts by slots and masters, in whatever order they come', () => {
  const one = [0, 100, ['127.0.0.1', 1, 'id-1', []]]
  const two = [101, 200, ['127.0.0.1', 2, 'id-2', []], ['127.0.0.1', 3, 'id-3', []]]
  expect(layoutOf([one, two])).toBe(layoutOf([two, one]))
  expect(layoutOf([one, two])).toBe(layoutOf([one, two.slice(0, 3)]))
  expect(layoutOf([one, two])).not.toBe(layoutOf([one, [101, 200, ['127.0.0.1', 2, 'id-1', []]]]))
})
