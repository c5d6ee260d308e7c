import { describeBroker } from '@linkspan/testing'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { FaultProxy } from '../../../tests/support/fault-proxy.js'
import { clients } from './broker-clients.js'
import { hostAt } from './broker-host.js'
import { ownRedis } from './redis-server.js'

describe('a broker over Redis', () => {
  const redis = ownRedis()
  let proxy: FaultProxy
  let direct: Redis
  beforeAll(async () => {
    proxy = await FaultProxy.to(redis().port)
    direct = new Redis(redis().port, '127.0.0.1')
  })
  afterAll(async () => {
    direct.disconnect()
    await proxy.close()
  })

  for (const [name, connect] of Object.entries(clients)) {
    for (const sharded of [false, true]) {
      describeBroker({
        name: `${name}, ${sharded ? 'sharded' : 'plain'} pub/sub`,
        factory: async () => hostAt({ proxies: [proxy], direct: [direct] }, connect, { sharded }),
        describe,
        it,
      })
    }
  }
})
