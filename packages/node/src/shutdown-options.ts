import {
  badOption,
  type Clock,
  CloseCode,
  type DrainOptions,
  type Linkspan,
  Log,
  type Logger,
  MAX_DELAY,
  shown,
  systemClock,
  whole,
} from '@linkspan/core'
import { type Closable, close } from './server.js'
import type { ShutdownStep } from './steps.js'

/** What is closed when the connections are gone: a function that is awaited, or what has a `close`. */
export type Closing = Closable | (() => unknown)

/**
 * What is to end, in which time, and what is told of it. Times are in milliseconds.
 *
 * @example
 * const options: ShutdownOptions = { apps: [app], servers: [server], close: { redis: () => redis.quit() } }
 */
export interface ShutdownOptions {
  /** Drained at once and side by side. Default: none, as in the primary of a cluster. */
  readonly apps?: readonly Linkspan<unknown>[]
  /** Closed last, side by side: they answer 503 until then. Default: none. */
  readonly servers?: readonly Closable[]
  /**
   * Closed one after the other when the connections are gone and all they held is released: brokers, stores. The names
   * of a record are those of the steps. Default: none.
   */
  readonly close?: readonly Closing[] | Readonly<Record<string, Closing>>
  /** For everything, from the first signal to the end. 1 to 2^31 - 1. Default: 30,000. */
  readonly grace?: number
  /** The part of `grace` in which nothing happens but that readiness is false. Default: 0. */
  readonly notice?: number
  /** What clients are told: 1012, 1001 or 1013, its reason, and the seconds in `Retry-After`. Default: as `app.drain()`. */
  readonly drain?: Omit<DrainOptions, 'grace'>
  /** Which signals begin it; `[]`: none. Default: SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[]
  /**
   * From when on a repeated signal forces the end, after the first; `false`: never. Until then it counts as the same
   * one: npm and terminals send it twice. Default: 1,000.
   */
  readonly force?: number | false
  /** Ends the process (or the worker thread) afterwards, with 0, or with 1 where it was not clean. Default: after a signal. */
  readonly exit?: boolean
  /** Hands the signal on to the workers of `node:cluster`, and waits for them. Default: `true`; matters in a primary. */
  readonly workers?: boolean
  /** Told of each step when it is over. */
  readonly onProgress?: (step: ShutdownStep) => void
  /** Told how it went: `info` where it was clean, else `error`. Default: errors go to the console. */
  readonly logger?: Logger
  readonly clock?: Clock
}

/** The options with every default filled in. */
export interface Plan {
  readonly apps: readonly Linkspan<unknown>[]
  readonly servers: readonly Closable[]
  readonly closings: readonly { readonly name: string; end(): unknown }[]
  readonly grace: number
  readonly notice: number
  readonly drain: Omit<DrainOptions, 'grace'>
  readonly signals: readonly NodeJS.Signals[]
  readonly force: number
  readonly exit: boolean | undefined
  readonly workers: boolean
  readonly onProgress: ((step: ShutdownStep) => void) | undefined
  readonly log: Log
  readonly clock: Clock
}

/** The codes that say that a server leaves: to another one a client would not come back. */
const FAREWELLS: readonly number[] = [CloseCode.restarting, CloseCode.goingAway, CloseCode.overloaded]

/** @throws LinkspanError `LINKSPAN_OPTION` */
export function plan(options: ShutdownOptions): Plan {
  const { force = 1_000, drain = {}, clock = systemClock } = options
  const grace = whole('grace', options.grace ?? 30_000, 1, MAX_DELAY)
  if (drain.code !== undefined && !FAREWELLS.includes(drain.code)) {
    throw badOption(`drain.code takes one of ${FAREWELLS.join(', ')}, not ${shown(drain.code)}.`)
  }
  if (drain.retryAfter !== undefined) whole('drain.retryAfter', drain.retryAfter, 0, MAX_DELAY)
  return {
    apps: options.apps ?? [],
    servers: options.servers ?? [],
    closings: Object.entries(options.close ?? []).map(([key, closing]) => ({
      name: Array.isArray(options.close) ? nameOf(closing, key) : `close ${key}`,
      end: () => (typeof closing === 'function' ? closing() : close(closing)),
    })),
    grace,
    notice: whole('notice', options.notice ?? 0, 0, grace - 1),
    drain,
    signals: options.signals ?? ['SIGTERM', 'SIGINT'],
    force: force === false ? Infinity : whole('force', force, 0, MAX_DELAY),
    exit: options.exit,
    workers: options.workers ?? true,
    onProgress: options.onProgress,
    log: new Log(options.logger, clock),
    clock,
  }
}

/** Functions in a list have their own names; what has none is counted, from 1. */
function nameOf(closing: Closing, key: string): string {
  const name = typeof closing === 'function' ? closing.name : ''
  return `close ${name === '' ? Number(key) + 1 : name}`
}
