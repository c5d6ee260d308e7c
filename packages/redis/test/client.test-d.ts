import type { Broker } from '@linkspan/core'
import { type RedisClient, redisBroker, redisStore, redisTickets } from '@linkspan/redis'
import type { SessionStore } from '@linkspan/session'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { expectTypeOf, it } from 'vitest'
import type { TicketStore } from '../../auth/src/ticket-store.js'

it('takes the clients of both packages as they are', () => {
  expectTypeOf<Redis>().toExtend<RedisClient>()
  expectTypeOf<Cluster>().toExtend<RedisClient>()
  redisStore(new Redis())
  redisStore(new Cluster([]))
  redisStore(createClient())
  redisStore(createClient({ RESP: 2 }))
  redisStore(createCluster({ rootNodes: [] }))
  // @ts-expect-error: it has no commands
  redisStore({ get: async () => 'value' })
})

it('makes what sessions and tickets are kept in', () => {
  expectTypeOf(redisStore(new Redis())).toExtend<SessionStore>()
  expectTypeOf(redisTickets(new Redis())).toExtend<TicketStore>()
})

it('makes a broker of the clients of both packages as they are', () => {
  expectTypeOf(redisBroker(new Redis())).toExtend<Broker>()
  redisBroker(new Cluster([]), { sharded: true })
  redisBroker(createClient())
  redisBroker(createClient({ RESP: 2 }))
  redisBroker(createCluster({ rootNodes: [] }))
  // @ts-expect-error: it has no commands
  redisBroker({ publish: async () => 1 })
})
