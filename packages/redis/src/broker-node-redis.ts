import type { NodeRedisMaster, NodeRedisNode, NodeRedisNodes } from './broker-client.js'
import type { ClientEvents, Engine, Line, LineEvents, Place, Places, Survey } from './broker-engine.js'
import { anyOf, oneWay } from './one-way.js'
import { layoutOf, slotOf } from './slots.js'

/** What node-redis tells when a connection is gone; `error` is told besides, and stays the caller's to listen to. */
const LOST = ['reconnecting', 'terminated', 'end', 'disconnect'] as const

/** One Redis, through node-redis. */
export function nodeRedisEngine(client: NodeRedisNode, sharded: boolean): Engine {
  const place = placeAt('', client, sharded)
  const places = Promise.resolve({ all: [place], of: () => place })
  return {
    get ready() {
      return client.isReady
    },
    watch: (events) => watching(client, events),
    publish: (channel, payload) => client.sendCommand([sharded ? 'SPUBLISH' : 'PUBLISH', channel, payload]),
    ping: () => client.sendCommand(['PING']),
    survey: () => ({ places, end: () => {} }),
    layout: async () => undefined,
  }
}

/** A cluster, through node-redis. */
export function nodeRedisClusterEngine(client: NodeRedisNodes, sharded: boolean): Engine {
  // The client itself would take any node for each publish.
  const way = oneWay(
    async () => {
      const ready = anyOf(client.masters.filter((master) => master.client?.isReady === true))
      if (ready !== undefined) return client.nodeClient(ready)
      // One that was lost would keep what it is given for later; one that was never needed is connected to now.
      const unused = client.masters.filter((master) => master.client === undefined)
      if (unused.length === 0) throw new Error('no master stands')
      return Promise.any(unused.map((master) => client.nodeClient(master)))
    },
    (node) => node.isReady,
  )
  const slots = () => client.sendCommand(undefined, true, ['CLUSTER', 'SLOTS'])
  return {
    get ready() {
      return client.isReady
    },
    watch: (events) => watching(client, events),
    publish: async (channel, payload) =>
      sharded
        ? client.sendCommand(channel, false, ['SPUBLISH', channel, payload])
        : (await way()).sendCommand(['PUBLISH', channel, payload]),
    ping: async () => (sharded || !client.isReady ? slots() : (await way()).sendCommand(['PING'])),
    survey: () => surveyed(client, sharded),
    layout: async () => layoutOf(await slots()),
  }
}

function watching(client: NodeRedisNode | NodeRedisNodes, { ready, lost }: ClientEvents): () => void {
  client.on('ready', ready)
  client.on('connect', ready)
  for (const event of LOST) client.on(event, lost)
  return () => {
    client.off('ready', ready)
    client.off('connect', ready)
    for (const event of LOST) client.off(event, lost)
  }
}

/** A second client of the cluster, only to look: what it finds is fresh, and the one that was handed in is left alone. */
function surveyed(client: NodeRedisNodes, sharded: boolean): Survey {
  // What it is given of a cache is the other's own, and would end with it.
  const scout = client.duplicate({ minimizeConnections: true, clientSideCache: undefined })
  scout.on('error', () => {})
  const placeOf = async (master: NodeRedisMaster) =>
    placeAt(master.address, await scout.nodeClient(master), sharded)
  const find = async (): Promise<Places> => {
    try {
      await scout.connect()
      const { masters, slots } = scout
      if (!sharded) {
        const any = anyOf(masters)
        if (any === undefined) throw new Error('the cluster has no master')
        const place = await placeOf(any)
        return { all: [place], of: () => place }
      }
      const owners = slots.map(({ master }) => master.address)
      const all = await Promise.all(masters.map(placeOf))
      const byAddress = new Map(all.map((place) => [place.address, place]))
      return {
        all,
        of(channel) {
          const owner = byAddress.get(owners[slotOf(channel)] ?? '')
          if (owner === undefined) throw new Error('no master has the slot of this channel')
          return owner
        },
      }
    } finally {
      scout.destroy()
    }
  }
  return { places: find(), end: () => scout.destroy() }
}

function placeAt(address: string, node: NodeRedisNode, sharded: boolean): Place {
  return { address, dial: (events) => new NodeRedisLine(node, sharded, events) }
}

class NodeRedisLine implements Line {
  readonly ready: Promise<unknown>
  readonly #client: NodeRedisNode
  readonly #sharded: boolean
  readonly #listener: (payload: Buffer, channel: Buffer) => void
  #ended = false

  constructor(node: NodeRedisNode, sharded: boolean, events: LineEvents) {
    this.#sharded = sharded
    this.#client = node.duplicate({
      socket: { ...node.options.socket, reconnectStrategy: false },
      disableOfflineQueue: true,
      clientSideCache: undefined,
    })
    this.#listener = (payload, channel) => {
      if (!this.#ended) events.message(channel.toString(), payload)
    }
    this.#client.on('error', (cause: unknown) => {
      if (this.#ended) return
      // What it was given and has not sent would wait for a connection that does not come.
      this.end()
      events.lost(cause)
    })
    this.#client.on('sharded-channel-moved', () => events.moved())
    this.ready = this.#client.connect()
  }

  subscribe(channel: string): Promise<unknown> {
    return this.#sharded
      ? this.#client.sSubscribe(channel, this.#listener, true)
      : this.#client.subscribe(channel, this.#listener, true)
  }

  unsubscribe(channel: string): Promise<unknown> {
    return this.#sharded
      ? this.#client.sUnsubscribe(channel, this.#listener, true)
      : this.#client.unsubscribe(channel, this.#listener, true)
  }

  ping(): Promise<unknown> {
    return this.#client.ping()
  }

  end(): void {
    this.#ended = true
    this.#client.destroy()
  }
}
