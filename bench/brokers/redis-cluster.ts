import { Redis } from 'ioredis'
import { asked } from '../../packages/redis/test/redis-cluster.js'
import { RedisServer } from '../../packages/redis/test/redis-server.js'
import { freePort } from '../../tests/support/free-port.js'

const SLOTS = 16_384
const SIZE = 3

/** Three masters that share the slots, and nothing between them and their clients. */
export class PlainCluster {
  readonly #servers: readonly RedisServer[]

  private constructor(servers: readonly RedisServer[]) {
    this.#servers = servers
  }

  static async start(): Promise<PlainCluster> {
    const servers: RedisServer[] = []
    const buses: string[] = []
    for (let index = 0; index < SIZE; index += 1) {
      const [port, bus] = [await freePort(), String(await freePort())]
      const options = ['--cluster-enabled', 'yes', '--cluster-port', bus]
      const server = await RedisServer.at(port, ...options)
      const [from, to] = [Math.floor((SLOTS * index) / SIZE), Math.floor((SLOTS * (index + 1)) / SIZE) - 1]
      await using(server, async (redis) => {
        await redis.cluster('ADDSLOTSRANGE', from, to)
        const [first] = servers
        if (first !== undefined) await redis.call('cluster', 'meet', '127.0.0.1', first.port, buses[0] ?? '')
      })
      servers.push(server)
      buses.push(bus)
    }
    const cluster = new PlainCluster(servers)
    await cluster.#serves()
    return cluster
  }

  get address(): string {
    return this.#servers.map(({ port }) => port).join()
  }

  async kill(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.kill()))
  }

  async restart(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.restart()))
    await this.#serves()
  }

  pause(): void {
    for (const server of this.#servers) server.pause()
  }

  resume(): void {
    for (const server of this.#servers) server.resume()
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()))
  }

  async #serves(): Promise<void> {
    for (const server of this.#servers) {
      await using(server, (redis) =>
        asked('the cluster serves', async () => {
          const info = String(await redis.cluster('INFO'))
          return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${SIZE}\r`)
        }),
      )
    }
  }
}

async function using(server: RedisServer, work: (redis: Redis) => Promise<void>): Promise<void> {
  const redis = new Redis(server.port, '127.0.0.1')
  try {
    await work(redis)
  } finally {
    redis.disconnect()
  }
}
