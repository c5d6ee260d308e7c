import { badOption, type Connection, MAX_DELAY, type Middleware, named, toError, whole } from '@linkspan/core'
import { Backlash } from './backlash.js'
import type { LoadSource } from './load.js'
import { bound, share } from './options.js'

/**
 * Which new connections are refused: none, those of low priority, or all.
 *
 * @example
 * const shedding: Shedding = 'some'
 */
export type Shedding = 'none' | 'some' | 'all'

/**
 * What is too much, and who is let in longer. At a threshold everybody new is refused.
 *
 * @example
 * const options: LoadSheddingOptions = { load: processLoad(), eventLoopDelay: 100, connections: 50_000 }
 */
export interface LoadSheddingOptions<Data = unknown> {
  /** What measures the process: `processLoad()` of `@linkspan/node`. Default: nothing, and only `connections` counts. */
  readonly load?: LoadSource
  /** Milliseconds that the event loop may run late. Default: 200, where there is a `load`. */
  readonly eventLoopDelay?: number
  /** The share of the heap's limit that may be used, above 0 and up to 1. Default: 0.9, where there is a `load`. */
  readonly heapUsed?: number
  /** Connections through this middleware. Default: no threshold. For a plain bound, use `limitConnections({ total })`. */
  readonly connections?: number
  /** How much a connection matters, 0 to 1; asked only under pressure. Default: 1 for all. */
  readonly priority?: (conn: Connection<Data>) => number
  /** The share of each threshold kept for those who matter: priority 0 is refused from `1 - reserve` of it. Default: 0.2. */
  readonly reserve?: number
  /** The share of where refusing began that the pressure has to fall below before it ends. Default: 0.8. */
  readonly recovery?: number
  /** What a refused client is told to wait, in whole seconds; in turn up to twice that, so that not all return at once. Default: 5. */
  readonly retryAfter?: number
  /** Told when it begins or ends to refuse. What it throws is an `error` of the connection that came. */
  readonly onChange?: (stats: LoadSheddingStats) => void
}

/**
 * What a load shedder sees and does.
 *
 * @example
 * const { shedding, pressure }: LoadSheddingStats = shedder.stats()
 */
export interface LoadSheddingStats {
  readonly shedding: Shedding
  /** The measure nearest to its threshold, in percent of it. */
  readonly pressure: number
  /** The pressure that decides: it falls later than it rises. */
  readonly level: number
  /** Connections that it has let in, and that are there. */
  readonly connections: number
  readonly totals: { readonly admitted: number; readonly refused: number }
}

/**
 * The middleware, and what it sees. One may be given to several applications: they are one process.
 *
 * @example
 * const shedder: LoadShedder = loadShedding({ load: processLoad() })
 */
export interface LoadShedder<Data = unknown> extends Middleware<Data, {}> {
  /** Measures anew. */
  stats(): LoadSheddingStats
}

/**
 * Refuses new connections with 503 before the process drowns in them; those that are there stay. Refusing ends later
 * than it begins (`recovery`), so that it does not flap. The load is looked at when a handshake arrives: no timer.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for an option out of its range, and for a threshold that nothing measures.
 *
 * @example
 * app.use(loadShedding({ load: processLoad(), priority: (conn) => (conn.identity === null ? 0 : 1) }))
 */
export function loadShedding<Data = unknown>(options: LoadSheddingOptions<Data>): LoadShedder<Data> {
  const { load, priority, onChange } = options
  const delay = share('eventLoopDelay', options.eventLoopDelay ?? 200, MAX_DELAY)
  const heap = share('heapUsed', options.heapUsed ?? 0.9)
  const most = bound('connections', options.connections)
  const reserve = priority === undefined ? 0 : share('reserve', options.reserve ?? 0.2)
  const recovery = share('recovery', options.recovery ?? 0.8)
  const retryAfter = whole('retryAfter', options.retryAfter ?? 5, 0, MAX_DELAY)
  if (load === undefined) {
    if (options.eventLoopDelay !== undefined || options.heapUsed !== undefined) {
      throw badOption(
        'eventLoopDelay and heapUsed need a load that measures them: processLoad() of @linkspan/node.',
      )
    }
    if (most === Infinity) throw badOption('loadShedding takes a load, connections, or both.')
  }
  const backlash = new Backlash(recovery)
  let told: Shedding = 'none'
  let pressure = 0
  let connections = 0
  let admitted = 0
  let refused = 0

  function measure(): Shedding {
    const { eventLoopDelay, heapUsed } = load?.read() ?? { eventLoopDelay: 0, heapUsed: 0 }
    if (!(eventLoopDelay >= 0 && heapUsed >= 0)) {
      throw badOption('load answers eventLoopDelay and heapUsed, which are 0 or more.')
    }
    pressure = Math.max(eventLoopDelay / delay, heapUsed / heap, connections / most)
    const level = backlash.follow(pressure)
    return level >= 1 ? 'all' : level >= 1 - reserve ? 'some' : 'none'
  }

  const percent = (value: number): number => Math.round(value * 100)
  const statsOf = (shedding: Shedding): LoadSheddingStats => ({
    shedding,
    pressure: percent(pressure),
    level: percent(backlash.level),
    connections,
    totals: { admitted, refused },
  })

  function tell(shedding: Shedding): Shedding {
    if (shedding !== told) {
      told = shedding
      onChange?.(statsOf(shedding))
    }
    return shedding
  }

  function sheds(conn: Connection<Data>, shedding: Shedding): boolean {
    if (shedding === 'none' || priority === undefined) return shedding === 'all'
    const rank = priority(conn)
    // What is no number matters least.
    const matters = rank >= 0 ? Math.min(rank, 1) : 0
    return backlash.level >= 1 - reserve * (1 - matters)
  }

  const enter: Middleware<Data, {}> = (conn, next) => {
    const shedding = measure()
    try {
      tell(shedding)
    } catch (thrown) {
      conn.defer(() => {
        throw toError(thrown)
      })
    }
    if (sheds(conn, shedding)) {
      refused += 1
      conn.reject({
        status: 503,
        reason: 'overloaded',
        retryAfter: retryAfter + (refused % (retryAfter + 1)),
      })
    }
    admitted += 1
    connections += 1
    conn.defer(() => {
      connections -= 1
    })
    return next()
  }
  return Object.assign(named('loadShedding', enter), { stats: () => statsOf(tell(measure())) })
}
