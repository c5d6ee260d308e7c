import { badOption, MAX_DELAY, whole } from '../option-checks.js'
import { isNodeId } from './envelope.js'

/**
 * How a node behaves among others. Times are in milliseconds, sizes in bytes.
 *
 * @example
 * linkspan({ broker, cluster: { node: process.env.HOSTNAME, version: '1.4.2' } })
 */
export interface ClusterOptions {
  /** The name of this node, 1 to 255 bytes of UTF-8, its own among all. Default: random. */
  readonly node?: string
  /** What runs here, for `app.cluster()`. Default: `''`. */
  readonly version?: string
  /** How often a node says that it lives: 10 to 60,000. Default: 2,000. */
  readonly beat?: number
  /** A node that was silent for so long is dead, and its presence is gone: at least twice `beat`. Default: 6,000. */
  readonly lease?: number
  /** How long a topic stays subscribed when its last connection of this node has left. Default: 5,000. */
  readonly interestGrace?: number
  /** What may wait while the engine is slow or away; what is more is dropped, and `send` says so. Default: 1,048,576. */
  readonly buffer?: number
  /** How long the engine may take for one call. Default: 5,000. */
  readonly timeout?: number
}

/**
 * The same with every default filled in.
 *
 * @example
 * app.options.cluster.lease // 6000
 */
export interface ResolvedClusterOptions {
  readonly node: string | undefined
  readonly version: string
  readonly beat: number
  readonly lease: number
  readonly interestGrace: number
  readonly buffer: number
  readonly timeout: number
}

/** @throws LinkspanError `LINKSPAN_OPTION` */
export function resolveClusterOptions(options: ClusterOptions = {}): ResolvedClusterOptions {
  const { node, version = '' } = options
  if (node !== undefined && !isNodeId(node)) {
    throw badOption('cluster.node takes 1 to 255 bytes of well-formed Unicode.')
  }
  if (typeof version !== 'string') throw badOption('cluster.version takes a string.')
  const beat = whole('cluster.beat', options.beat ?? 2_000, 10, 60_000)
  return {
    node,
    version,
    beat,
    lease: whole('cluster.lease', options.lease ?? Math.max(6_000, 2 * beat), 2 * beat, MAX_DELAY),
    interestGrace: whole('cluster.interestGrace', options.interestGrace ?? 5_000, 0, MAX_DELAY),
    buffer: whole('cluster.buffer', options.buffer ?? 1_048_576, 0, Number.MAX_SAFE_INTEGER),
    timeout: whole('cluster.timeout', options.timeout ?? 5_000, 1, MAX_DELAY),
  }
}
