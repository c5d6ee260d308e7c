import { badOption, oneOf, whole } from './option-checks.js'
import { shown } from './shown.js'

/**
 * What a line of the log is about: its field `event`.
 *
 * A connection has one line when it ends, and only one: `refused` where we refused its handshake, `aborted` where it was
 * over before it was answered, `closed` where it had been active.
 */
export type LogEvent =
  | 'connection.opened'
  | 'connection.refused'
  | 'connection.aborted'
  | 'connection.closed'
  | 'drain.began'
  | 'drain.ended'
  | 'broker.up'
  | 'broker.degraded'
  | 'broker.down'
  | 'broker.gap'
  | 'node.joined'
  | 'node.left'
  | 'proxy.timeout'
  | 'error'

/** The level of a line, by its name in the logger; `'silent'` writes none. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/**
 * Which lines are logged, at which level, and how many.
 *
 * @example
 * linkspan({ logger: pino(), log: { levels: { 'connection.opened': 'info' }, perSecond: 20 } })
 */
export interface LogOptions {
  /** The level of each event. Default: that of docs/logs.md, `'info'` for most. */
  readonly levels?: { readonly [Event in LogEvent]?: LogLevel }
  /** The level of an end that was a fault of ours: by the server, with 1011, 1013, 4100 or 4102. Default: `'warn'`. */
  readonly faults?: LogLevel
  /**
   * Lines a second of each event and code, at least 1; `Infinity`: no bound. What is over it is counted, and told by one
   * line a second. Default: 100.
   */
  readonly perSecond?: number
}

/**
 * The same with every default filled in.
 *
 * @example
 * app.options.log.perSecond // 100
 */
export interface ResolvedLogOptions {
  readonly levels: { readonly [Event in LogEvent]: LogLevel }
  readonly faults: LogLevel
  readonly perSecond: number
}

const LEVELS: ResolvedLogOptions['levels'] = {
  'connection.opened': 'debug',
  'connection.refused': 'info',
  'connection.aborted': 'info',
  'connection.closed': 'info',
  'drain.began': 'info',
  'drain.ended': 'info',
  'broker.up': 'info',
  'broker.degraded': 'warn',
  'broker.down': 'warn',
  'broker.gap': 'warn',
  'node.joined': 'info',
  'node.left': 'info',
  'proxy.timeout': 'warn',
  error: 'error',
}
const NAMES: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent']

/**
 * Checks the options of the log and fills in the defaults.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 */
export function resolveLogOptions(options: LogOptions = {}): ResolvedLogOptions {
  const { levels = {}, faults = 'warn', perSecond = 100 } = options
  const unknown = Object.keys(levels).find((event) => !Object.hasOwn(LEVELS, event))
  if (unknown !== undefined)
    throw badOption(`log.levels takes '${Object.keys(LEVELS).join("', '")}', not ${shown(unknown)}.`)
  const given = Object.entries(levels).filter(([, level]) => level !== undefined)
  for (const [event, level] of given) oneOf(`log.levels['${event}']`, level, NAMES)
  return {
    levels: { ...LEVELS, ...Object.fromEntries(given) },
    faults: oneOf('log.faults', faults, NAMES),
    perSecond:
      perSecond === Infinity ? Infinity : whole('log.perSecond', perSecond, 1, Number.MAX_SAFE_INTEGER),
  }
}
