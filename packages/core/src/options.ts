import { type ClusterOptions, type ResolvedClusterOptions, resolveClusterOptions } from './cluster/options.js'
import type { Connection } from './connection.js'
import type { LinkspanError } from './errors.js'
import { type LogOptions, type ResolvedLogOptions, resolveLogOptions } from './log-options.js'
import { badOption, MAX_DELAY, oneOf, whole } from './option-checks.js'
import { type OriginCheck, type OriginPolicy, originCheck } from './origin.js'
import { type HeartbeatOptions, type HeartbeatPolicy, paces } from './pace.js'
import type { Broker } from './ports/broker.js'
import { type Clock, systemClock } from './ports/clock.js'
import type { AsyncContext } from './ports/context.js'
import { consoleLogger, type Logger } from './ports/logger.js'
import { isProtocolList } from './protocol.js'
import type { FlightRecorder } from './recorder/recorder.js'

/** What to do with a send that a slow peer leaves no room for. */
export type Overflow = 'close' | 'drop-newest' | 'drop-oldest'

/**
 * Everything that an application can be told. Times are in milliseconds, sizes in bytes.
 *
 * @example
 * linkspan({ origin: ['https://app.example'], maxPayload: 16_384, outbox: { overflow: 'drop-oldest' } })
 */
export interface LinkspanOptions {
  /** Namespace of this app's topics on a broker: 1 to 128 characters. Default: `'linkspan'`. */
  readonly name?: string
  /** Which origins may connect. Default: `'same'`, an `Origin` that is present must match `Host`. */
  readonly origin?: OriginPolicy
  /** Subprotocols, in the server's order of preference. Default: none. */
  readonly protocols?: readonly string[]
  /** Refuses with 400 what offers none of `protocols`. Default: `false`, 101 without one. */
  readonly requireProtocol?: boolean
  /**
   * From the upgrade's arrival to the end of the pipeline; then 503. After an early `accept()`, once more from there; then
   * 1013, or 4010 where it is the client that is waited for. Default: 3,000.
   */
  readonly handshakeTimeout?: number
  /** The largest message taken; above it the connection closes with 1009. Default: 65,536. */
  readonly maxPayload?: number
  /** permessage-deflate (RFC 7692). Default: `false`. */
  readonly compression?: boolean | { readonly threshold: number }
  /** Default: `paces.lan`, a ping after 30,000 of silence, cut after 3 unanswered. */
  readonly heartbeat?: false | HeartbeatOptions | HeartbeatPolicy
  /** What the proxy in front allows a connection to be silent; a heartbeat that is not shorter is warned of. Default: not known. */
  readonly proxyIdleTimeout?: number
  /** How long the peer may take to answer our close frame. Default: 5,000. */
  readonly closeTimeout?: number
  /** How long middlewares and `defer`s may take after the end. Default: 10,000. */
  readonly releaseTimeout?: number
  /** Messages that may wait for a handler. Default: 256, and 1,048,576 bytes. */
  readonly inbox?: { readonly messages?: number; readonly bytes?: number }
  /** Bytes that may wait for a slow peer, and what happens then. Default: 1,048,576, `'close'` with 4100. */
  readonly outbox?: { readonly bytes?: number; readonly overflow?: Overflow }
  /** Connections at once; then 503. Default: no bound. */
  readonly maxConnections?: number
  /** `'visibly'`: refusals are a 101 and an immediate close, which a browser can read. Default: `'quietly'`. */
  readonly refuse?: 'quietly' | 'visibly'
  /** Confines all topics of a connection; asked once, when its identity is settled. Default: none. */
  readonly scope?: (conn: Connection<unknown>) => string | undefined
  /** Carries ambient context into handlers and hooks. Default: none. */
  readonly context?: AsyncContext
  /**
   * Told of every error that is not the peer's, beside the listeners of `error` or the logger: for whoever is on duty.
   * What it throws is logged. Default: nobody is.
   */
  readonly alert?: (error: LinkspanError, conn: Connection<unknown> | undefined) => void
  /** Carries messages to the application's other nodes. Default: there are none. */
  readonly broker?: Broker
  /** How this node behaves among the others. */
  readonly cluster?: ClusterOptions
  /** Writes the lives of connections down, for `app.explain`: see `flightRecorder`. Default: nobody does. */
  readonly recorder?: FlightRecorder
  readonly clock?: Clock
  /** Where log lines go. Default: errors to the console, nothing else. */
  readonly logger?: Logger
  /** Which lines, at which level, and how many of them a second. Default: those of docs/logs.md, 100 of each kind. */
  readonly log?: LogOptions
}

/**
 * The options with every default filled in.
 *
 * @example
 * app.options.maxPayload // 65536
 */
export interface ResolvedOptions {
  readonly name: string
  readonly origin: OriginCheck
  readonly protocols: readonly string[]
  readonly requireProtocol: boolean
  readonly handshakeTimeout: number
  readonly maxPayload: number
  /** The size from which messages are compressed; `undefined`: compression is off. */
  readonly compressionThreshold: number | undefined
  readonly heartbeat: HeartbeatPolicy | undefined
  readonly proxyIdleTimeout: number | undefined
  readonly closeTimeout: number
  readonly releaseTimeout: number
  readonly inbox: { readonly messages: number; readonly bytes: number }
  readonly outbox: { readonly bytes: number; readonly overflow: Overflow }
  readonly maxConnections: number
  readonly refuse: 'quietly' | 'visibly'
  readonly scope: ((conn: Connection<unknown>) => string | undefined) | undefined
  readonly context: AsyncContext | undefined
  readonly alert: ((error: LinkspanError, conn: Connection<unknown> | undefined) => void) | undefined
  readonly broker: Broker | undefined
  readonly cluster: ResolvedClusterOptions
  readonly recorder: FlightRecorder | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly log: ResolvedLogOptions
}

/** The longest name of an application, in UTF-16 units. */
const MAX_NAME = 128
/** RFC 7692 saves nothing on less. */
const COMPRESSION_THRESHOLD = 1_024

/**
 * Checks options and fills in the defaults.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` that names the option, what it takes and what it got.
 */
export function resolveOptions(options: LinkspanOptions): ResolvedOptions {
  const { heartbeat = paces.lan, compression = false, proxyIdleTimeout } = options
  const overflow = options.outbox?.overflow ?? 'close'
  oneOf('outbox.overflow', overflow, ['close', 'drop-newest', 'drop-oldest'])
  const refuse = options.refuse ?? 'quietly'
  oneOf('refuse', refuse, ['quietly', 'visibly'])
  const { maxConnections = Infinity, protocols = [], requireProtocol = false } = options
  if (!isProtocolList(protocols))
    throw badOption('protocols takes distinct tokens, as RFC 6455 §4.1 has them.')
  if (requireProtocol && protocols.length === 0)
    throw badOption('requireProtocol needs protocols to require one of.')
  return {
    name: nameOf(options.name),
    origin: originCheck(options.origin ?? 'same'),
    protocols,
    requireProtocol,
    handshakeTimeout: whole('handshakeTimeout', options.handshakeTimeout ?? 3_000, 1, MAX_DELAY),
    maxPayload: whole('maxPayload', options.maxPayload ?? 65_536, 1, MAX_DELAY),
    compressionThreshold:
      compression === false || compression === true
        ? compression
          ? COMPRESSION_THRESHOLD
          : undefined
        : whole('compression.threshold', compression.threshold, 0, MAX_DELAY),
    heartbeat: heartbeat === false ? undefined : policyOf(heartbeat),
    proxyIdleTimeout:
      proxyIdleTimeout === undefined ? undefined : whole('proxyIdleTimeout', proxyIdleTimeout, 1, MAX_DELAY),
    closeTimeout: whole('closeTimeout', options.closeTimeout ?? 5_000, 1, MAX_DELAY),
    releaseTimeout: whole('releaseTimeout', options.releaseTimeout ?? 10_000, 1, MAX_DELAY),
    inbox: {
      messages: whole('inbox.messages', options.inbox?.messages ?? 256, 1, MAX_DELAY),
      bytes: whole('inbox.bytes', options.inbox?.bytes ?? 1_048_576, 1, Number.MAX_SAFE_INTEGER),
    },
    outbox: {
      bytes: whole('outbox.bytes', options.outbox?.bytes ?? 1_048_576, 1, Number.MAX_SAFE_INTEGER),
      overflow,
    },
    maxConnections:
      maxConnections === Infinity
        ? Infinity
        : whole('maxConnections', maxConnections, 0, Number.MAX_SAFE_INTEGER),
    refuse,
    scope: options.scope,
    context: options.context,
    alert: options.alert,
    broker: options.broker,
    cluster: resolveClusterOptions(options.cluster),
    recorder: options.recorder,
    clock: options.clock ?? systemClock,
    logger: options.logger ?? consoleLogger,
    log: resolveLogOptions(options.log),
  }
}

function nameOf(name = 'linkspan'): string {
  if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME && name.isWellFormed()) return name
  throw badOption(`name takes 1 to ${MAX_NAME} characters of well-formed Unicode.`)
}

function policyOf(heartbeat: HeartbeatOptions | HeartbeatPolicy): HeartbeatPolicy {
  const policy = 'begin' in heartbeat ? heartbeat : { paces: [heartbeat], begin: () => heartbeat }
  if (policy.paces.length === 0)
    throw badOption('heartbeat.paces takes every pace that the policy may answer.')
  for (const { interval, misses } of policy.paces) {
    whole('heartbeat.interval', interval, 10, MAX_DELAY)
    whole('heartbeat.misses', misses, 1, 1_000)
  }
  return policy
}
