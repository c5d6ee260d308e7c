import { badOption } from '@linkspan/core'
import type { IoRedisNode, IoRedisNodes } from './broker-client.js'
import type { ClientEvents, Engine, Line, LineEvents, Place, Survey } from './broker-engine.js'
import { anyOf, oneWay } from './one-way.js'
import { layoutOf, slotOf } from './slots.js'

/** A connection of ours does nothing by itself: it keeps nothing, sends nothing again, and ends when it is lost. */
const BARE = {
  lazyConnect: true,
  retryStrategy: null,
  reconnectOnError: null,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  enableOfflineQueue: false,
  enableAutoPipelining: false,
  monitor: false,
}

/** One Redis, through ioredis. */
export function ioredisEngine(client: IoRedisNode, sharded: boolean): Engine {
  refusePrefix(client, sharded)
  const place = placeAt(client, sharded)
  const places = Promise.resolve({ all: [place], of: () => place })
  return {
    get ready() {
      return client.status === 'ready'
    },
    watch: (events) => watching(client, events),
    publish: (channel, payload) => client.call(sharded ? 'spublish' : 'publish', channel, payload),
    ping: () => client.call('ping'),
    survey: () => ({ places, end: () => {} }),
    layout: async () => undefined,
  }
}

/** What ioredis says of a node that takes what it is given, now or as soon as it is connected to. */
const STANDS: readonly string[] = ['wait', 'connecting', 'connect', 'ready']

/** A cluster, through ioredis. */
export function ioredisClusterEngine(client: IoRedisNodes, sharded: boolean): Engine {
  refusePrefix(client, sharded)
  // The client itself would take any node for each publish.
  const way = oneWay(
    async () => {
      const masters = client.nodes('master')
      const having = (wanted: string) => anyOf(masters.filter(({ status }) => status === wanted))
      const node = having('ready') ?? having('wait')
      if (node === undefined) throw new Error('no master stands')
      return node
    },
    (node) => STANDS.includes(node.status) && client.nodes('master').includes(node),
  )
  const slots = () => client.call('cluster', 'slots')
  const isReady = () => client.status === 'ready'
  return {
    get ready() {
      return isReady()
    },
    watch: (events) => watching(client, events),
    publish: async (channel, payload) =>
      sharded ? client.call('spublish', channel, payload) : (await way()).call('publish', channel, payload),
    ping: async () => (sharded || !isReady() ? slots() : (await way()).call('ping')),
    survey: () => surveyed(client, sharded),
    layout: async () => layoutOf(await slots()),
  }
}

/** ioredis puts `keyPrefix` before the channels of sharded pub/sub, of which the rest of the SDK knows nothing. */
function refusePrefix({ options }: IoRedisNode | IoRedisNodes, sharded: boolean): void {
  if (sharded && options.keyPrefix)
    throw badOption('sharded takes an ioredis client without keyPrefix: give the broker a client of its own.')
}

function watching(client: IoRedisNode | IoRedisNodes, { ready, lost }: ClientEvents): () => void {
  client.on('ready', ready)
  client.on('close', lost)
  client.on('end', lost)
  return () => {
    client.off('ready', ready)
    client.off('close', lost)
    client.off('end', lost)
  }
}

/** A second client of the cluster, only to look: what it finds is fresh, and the one that was handed in is left alone. */
function surveyed(client: IoRedisNodes, sharded: boolean): Survey {
  const scout = client.duplicate([], {
    lazyConnect: true,
    clusterRetryStrategy: null,
    shardedSubscribers: false,
  })
  scout.on('error', () => {})
  const find = async () => {
    try {
      await scout.connect()
      const masters = scout.nodes('master').map((node) => placeAt(node, sharded))
      const any = anyOf(masters)
      if (any === undefined) throw new Error('the cluster has no master')
      if (!sharded) return { all: [any], of: () => any }
      const owners = scout.slots.map(([master]) => masters.find(({ address }) => address === master))
      return {
        all: masters.filter((place) => owners.includes(place)),
        of(channel: string) {
          const owner = owners[slotOf(channel)]
          if (owner === undefined) throw new Error('no master has the slot of this channel')
          return owner
        },
      }
    } finally {
      scout.disconnect()
    }
  }
  return { places: find(), end: () => scout.disconnect() }
}

function addressOf({ options }: IoRedisNode): string {
  return `${options.host}:${options.port}`
}

function placeAt(node: IoRedisNode, sharded: boolean): Place {
  return { address: addressOf(node), dial: (events) => new IoRedisLine(node, sharded, events) }
}

class IoRedisLine implements Line {
  readonly ready: Promise<unknown>
  readonly #client: IoRedisNode
  readonly #sharded: boolean
  #ended = false

  constructor(node: IoRedisNode, sharded: boolean, events: LineEvents) {
    this.#sharded = sharded
    this.#client = node.duplicate(BARE)
    let cause: unknown
    this.#client.on('error', (error: unknown) => {
      cause = error
    })
    this.#client.on('end', () => {
      if (this.#ended) return
      this.#ended = true
      events.lost(cause)
    })
    this.#client.on(sharded ? 'smessageBuffer' : 'messageBuffer', (channel: Buffer, payload: Buffer) => {
      if (!this.#ended) events.message(channel.toString(), payload)
    })
    this.#client.on('moved', () => events.moved())
    this.ready = this.#client.connect().catch((error: unknown) => {
      throw cause ?? error
    })
  }

  subscribe(channel: string): Promise<unknown> {
    return this.#sharded ? this.#client.ssubscribe(channel) : this.#client.subscribe(channel)
  }

  unsubscribe(channel: string): Promise<unknown> {
    return this.#sharded ? this.#client.sunsubscribe(channel) : this.#client.unsubscribe(channel)
  }

  ping(): Promise<unknown> {
    return this.#client.call('ping')
  }

  end(): void {
    this.#ended = true
    this.#client.disconnect()
  }
}
