import { describeBroker } from '@linkspan/testing'
import { describe, it } from 'vitest'
import { clusters } from './broker-clients.js'
import { hostAt } from './broker-host.js'
import { ownCluster } from './redis-cluster.js'

describe('a broker over a Redis cluster', () => {
  const cluster = ownCluster()

  for (const [name, connect] of Object.entries(clusters)) {
    for (const sharded of [false, true]) {
      describeBroker({
        name: `${name}, ${sharded ? 'sharded' : 'plain'} pub/sub`,
        factory: async () => {
          const { nodes } = cluster()
          const site = { proxies: nodes.map(({ proxy }) => proxy), direct: nodes.map(({ direct }) => direct) }
          return hostAt(site, connect, { sharded })
        },
        describe,
        it,
      })
    }
  }
})
