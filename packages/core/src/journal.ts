import type { LineKind } from './allowance.js'
import { CloseCode, type CloseInfo } from './close.js'
import type { Connection } from './connection.js'
import type { DrainReport } from './drain.js'
import { type LinkspanError, wrap } from './errors.js'
import { Lines } from './lines.js'
import type { LogEvent, LogLevel } from './log-options.js'
import type { ResolvedOptions } from './options.js'
import type { BrokerStatus } from './ports/broker.js'

/** What is known of a handshake that came to nothing. */
export interface Refused {
  /** The HTTP status of the refusal; `undefined`: it was over before it was answered. */
  readonly status: number | undefined
  /** The middleware that it had come to. */
  readonly middleware: string | undefined
}

/** How a drain begins. */
export interface DrainBegun {
  readonly connections: number
  readonly grace: number
  readonly code: number
  readonly reason: string
}

/** Ends that say that something of ours is broken, too slow or too small. */
const FAULTS: ReadonlySet<number> = new Set([
  CloseCode.internal,
  CloseCode.overloaded,
  CloseCode.slowConsumer,
  CloseCode.noHeartbeat,
])

const ENDED = {
  'connection.refused': 'connection refused',
  'connection.aborted': 'connection aborted',
  'connection.closed': 'connection closed',
} as const

const BROKER: { readonly [Status in BrokerStatus]: string } = {
  up: 'the broker answers',
  degraded: 'the broker is late, or refuses calls',
  down: 'the broker cannot be reached',
}

/**
 * What is logged: one line for each event of an application's life, of which docs/logs.md has a table. Lines carry what we
 * know and decided, and nothing that a peer wrote: no url, header, payload or reason of its.
 */
export class Journal {
  readonly #options: ResolvedOptions
  readonly #lines: Lines<Connection<never>>

  /** `threw` is told what the logger throws, unless it was about an error: then there is nobody left to tell. */
  constructor(
    options: ResolvedOptions,
    threw: (error: LinkspanError, conn: Connection<never> | undefined) => void,
  ) {
    const { logger, clock, log } = options
    this.#options = options
    this.#lines = new Lines(logger, clock, log.perSecond, ({ event }, thrown, conn) => {
      if (event !== 'error')
        threw(wrap('LINKSPAN_LISTENER', 'the logger threw: loggers must not.', thrown), conn)
    })
  }

  /** Whether its timer runs. */
  get waiting(): boolean {
    return this.#lines.waiting
  }

  /** Tells at once what was suppressed. */
  flush(): void {
    this.#lines.flush()
  }

  opened(conn: Connection<never>, duration: number): void {
    const event = 'connection.opened'
    const fields = (): object => {
      const { id: connection, identity, via, state } = conn
      return { event, connection, tenant: identity?.tenant, via, state, duration: Math.round(duration) }
    }
    this.#write(event, fields, 'connection opened', { conn })
  }

  /** The one line that tells how a connection ended. `refused`: it never was active. */
  ended(conn: Connection<never>, info: CloseInfo, refused: Refused | undefined): void {
    const { code, by } = info
    const event =
      refused === undefined
        ? 'connection.closed'
        : refused.status === undefined
          ? 'connection.aborted'
          : 'connection.refused'
    const { levels, faults } = this.#options.log
    const ours = by === 'server'
    const level = ours && FAULTS.has(code) ? faults : levels[event]
    // Peers choose their codes: they must not choose how many kinds of lines there are.
    const about = { conn, level, code: ours ? code : undefined, by }
    this.#write(event, () => endOf(event, conn, info, refused), ENDED[event], about)
  }

  drainBegan({ connections, grace, code, reason }: DrainBegun): void {
    const event = 'drain.began'
    this.#write(event, () => ({ event, connections, grace, code, reason }), 'draining')
  }

  drainEnded({ closed, forced, duration }: DrainReport): void {
    const event = 'drain.ended'
    this.#write(event, () => ({ event, closed, forced, duration: Math.round(duration) }), 'drained')
  }

  broker(status: BrokerStatus): void {
    const event = `broker.${status}` as const
    this.#write(event, () => ({ event }), BROKER[status])
  }

  /** Topics are often named by what clients ask for: the event has them, and the log has not. */
  gap(node: string | undefined, missed: number | undefined): void {
    const event = 'broker.gap'
    this.#write(event, () => ({ event, node, missed }), 'messages of other nodes are missing')
  }

  node(node: string, epoch: number, joined: boolean): void {
    const event = joined ? 'node.joined' : 'node.left'
    this.#write(event, () => ({ event, node, epoch }), `another node ${joined ? 'is there' : 'is gone'}`)
  }

  error(error: LinkspanError, conn: Connection<never> | undefined): void {
    const event = 'error'
    const { code } = error
    const fields = (): object => {
      if (conn === undefined) return { event, code, err: error }
      const { id: connection, identity, via, state } = conn
      return { event, connection, tenant: identity?.tenant, via, state, code, err: error }
    }
    this.#write(event, fields, error.message, { conn, code })
  }

  /** A heartbeat that cannot keep connections open through the proxy in front. */
  checkProxy(): void {
    const event = 'proxy.timeout'
    const { heartbeat, proxyIdleTimeout } = this.#options
    const interval =
      heartbeat === undefined ? Infinity : Math.max(...heartbeat.paces.map((pace) => pace.interval))
    if (proxyIdleTimeout === undefined || interval < proxyIdleTimeout) return
    this.#write(
      event,
      () => ({ event, interval, proxyIdleTimeout }),
      'the proxy in front cuts idle connections before a heartbeat is sent: choose a shorter interval.',
    )
  }

  #write(
    event: LogEvent,
    fields: () => object,
    message: string,
    { conn, level = this.#options.log.levels[event], code, by }: About = {},
  ): void {
    if (level !== 'silent') this.#lines.write({ event, level, code, by }, fields, message, conn)
  }
}

/** What a line is about, beside its event: its level, where that is not the event's; and what makes it one of its kind. */
type About = Partial<Pick<LineKind, 'code' | 'by'>> & {
  readonly conn?: Connection<never> | undefined
  readonly level?: LogLevel
}

// Written out: what is put together from parts costs V8 a hundred times as much.

function endOf(
  event: LogEvent,
  conn: Connection<never>,
  info: CloseInfo,
  refused: Refused | undefined,
): object {
  const { id: connection, identity, via, state } = conn
  const { code, by, clean, wireCode } = info
  const duration = Math.round(info.duration)
  const tenant = identity?.tenant
  // What a peer wrote as its reason is the peer's to tell: a log must not carry it.
  const reason = by === 'server' ? info.reason : ''
  if (refused === undefined)
    return { event, connection, tenant, via, state, code, reason, by, clean, wireCode, duration }
  const { status, middleware } = refused
  return {
    event,
    connection,
    tenant,
    via,
    state,
    status,
    middleware,
    code,
    reason,
    by,
    clean,
    wireCode,
    duration,
  }
}
