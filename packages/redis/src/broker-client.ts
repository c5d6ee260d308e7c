/** Of the events that a broker listens to, those with a message give buffers; what others give is not relied on. */
type Listener = (...given: Buffer[]) => void

/**
 * ioredis: a `Redis`, as a broker takes it.
 *
 * @example
 * const client: IoRedisNode = new Redis('redis://localhost')
 */
export interface IoRedisNode {
  readonly isCluster: boolean
  readonly status: string
  readonly options: {
    readonly host?: string | undefined
    readonly port?: number | undefined
    readonly keyPrefix?: string | undefined
  }
  on(event: string, listener: Listener): unknown
  off(event: string, listener: Listener): unknown
  call(name: string, ...args: (string | Buffer)[]): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  ssubscribe(channel: string): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  sunsubscribe(channel: string): Promise<unknown>
  duplicate(override: object): IoRedisNode
  connect(): Promise<void>
  disconnect(): void
}

/**
 * ioredis: a `Cluster`, as a broker takes it.
 *
 * @example
 * const client: IoRedisNodes = new Cluster([{ host: 'localhost', port: 7000 }])
 */
export interface IoRedisNodes {
  readonly isCluster: boolean
  readonly status: string
  readonly options: { readonly keyPrefix?: string | undefined }
  /** Of each slot, the addresses of its nodes: the master's first. */
  readonly slots: readonly (readonly string[])[]
  on(event: string, listener: Listener): unknown
  off(event: string, listener: Listener): unknown
  call(name: string, ...args: (string | Buffer)[]): Promise<unknown>
  nodes(role: 'master'): IoRedisNode[]
  duplicate(nodes: [], override: object): IoRedisNodes
  connect(): Promise<void>
  disconnect(): void
}

/**
 * node-redis: what `createClient` makes, as a broker takes it.
 *
 * @example
 * const client: NodeRedisNode = await createClient().connect()
 */
export interface NodeRedisNode {
  readonly isReady: boolean
  readonly options: { readonly socket?: object | undefined }
  on(event: string, listener: Listener): unknown
  off(event: string, listener: Listener): unknown
  sendCommand(command: readonly (string | Buffer)[]): Promise<unknown>
  subscribe(channel: string, listener: BufferListener, buffers: true): Promise<unknown>
  sSubscribe(channel: string, listener: BufferListener, buffers: true): Promise<unknown>
  unsubscribe(channel: string, listener: BufferListener, buffers: true): Promise<unknown>
  sUnsubscribe(channel: string, listener: BufferListener, buffers: true): Promise<unknown>
  ping(): Promise<unknown>
  duplicate(override: object): NodeRedisNode
  connect(): Promise<unknown>
  destroy(): void
}

/** How node-redis hands over a message as it came. */
export type BufferListener = (payload: Buffer, channel: Buffer) => void

/**
 * A master of a node-redis cluster.
 *
 * @example
 * const { address } = cluster.masters[0]
 */
export interface NodeRedisMaster {
  readonly address: string
  readonly client?: { readonly isReady: boolean } | undefined
}

/**
 * node-redis: what `createCluster` makes, as a broker takes it.
 *
 * @example
 * const client: NodeRedisNodes = await createCluster({ rootNodes }).connect()
 */
export interface NodeRedisNodes {
  readonly isReady: boolean
  readonly masters: readonly NodeRedisMaster[]
  readonly slots: readonly { readonly master: NodeRedisMaster }[]
  on(event: string, listener: Listener): unknown
  off(event: string, listener: Listener): unknown
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean | undefined,
    command: (string | Buffer)[],
  ): Promise<unknown>
  nodeClient(node: NodeRedisMaster): Promise<NodeRedisNode>
  duplicate(override: object): NodeRedisNodes
  connect(): Promise<unknown>
  destroy(): void
}

/** What a broker takes: a client of ioredis or of node-redis, for one Redis or for a cluster. It stays yours. */
export type RedisBrokerClient = IoRedisNode | IoRedisNodes | NodeRedisNode | NodeRedisNodes
