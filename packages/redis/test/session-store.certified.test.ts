import { redisStore } from '@linkspan/redis'
import { describeStore } from '@linkspan/testing'
import { describe, it } from 'vitest'
import { FaultProxy } from '../../../tests/support/fault-proxy.js'
import { packages } from './clients.js'
import { ownRedis, RedisServer } from './redis-server.js'

const options = { timeout: 500 }

describe('a session store in Redis', () => {
  const redis = ownRedis()

  for (const [name, connect] of Object.entries(packages)) {
    describeStore({
      name: `${name}, over a network that stalls`,
      factory: async () => {
        const proxy = await FaultProxy.to(redis().port)
        const [one, two] = [await connect(proxy.port), await connect(redis().port)]
        return {
          store: redisStore(one.client, { ...options, prefix: 'a:' }),
          other: redisStore(two.client, { ...options, prefix: 'a:' }),
          apart: redisStore(two.client, { ...options, prefix: 'a:b:' }),
          stall: async () => {
            proxy.stall()
            return async () => proxy.pass()
          },
          close: async () => {
            await Promise.all([one.end(), two.end()])
            await proxy.close()
          },
        }
      },
      describe,
      it,
    })
  }

  describeStore({
    name: 'a Redis that is paused',
    factory: async () => {
      const own = await RedisServer.start()
      const one = await packages['ioredis']?.(own.port)
      if (one === undefined) throw new Error('there is no client')
      const store = redisStore(one.client, { ...options, prefix: 'a:' })
      return {
        store,
        other: store,
        stall: async () => {
          own.pause()
          return async () => own.resume()
        },
        close: async () => {
          await one.end()
          await own.stop()
        },
      }
    },
    supports: { prefixes: false },
    describe,
    it,
  })
})
