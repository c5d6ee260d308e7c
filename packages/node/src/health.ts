import { type Clock, type Linkspan, systemClock, whole } from '@linkspan/core'
import { CachedCheck, type Check } from './check.js'
import { isLeaving } from './leaving.js'
import { type HealthAnswer, type Probe, probe } from './probe.js'

/**
 * What has to be so for a process to be ready. Times are in milliseconds.
 *
 * @example
 * const options: HealthOptions = { apps: [app], checks: { redis: () => redis.ping() } }
 */
export interface HealthOptions {
  readonly apps: readonly Linkspan<unknown>[]
  /** What is needed, by the names that the answer gives them. Default: nothing. */
  readonly checks?: Readonly<Record<string, Check>>
  /** How long a check may take; then it fails. 1 to 60,000. Default: 1,000. */
  readonly timeout?: number
  /** How long the answer of a check counts, however often it is asked for. 0 to 60,000. Default: 1,000. */
  readonly cache?: number
  readonly clock?: Clock
}

/**
 * The two questions that an orchestrator asks.
 *
 * @example
 * const { liveness, readiness }: Health = health([app])
 */
export interface Health {
  /** Whether the process is to be restarted: 200 as long as it answers at all, whatever its backends do. */
  readonly liveness: Probe
  /** Whether it is to be sent new connections: 503 from when a shutdown begins or an application drains, or where a check fails. */
  readonly readiness: Probe
}

const ALIVE: HealthAnswer = { status: 200, body: { status: 'ok', failing: [] } }

/**
 * Makes the probes of a process.
 *
 * A check runs at most once at a time and once in `cache`, however many probes come; one that hangs counts as failed
 * after `timeout`, and is not run again until it has ended.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for a time out of its range.
 *
 * @example
 * const { liveness, readiness } = health({ apps: [app], checks: { redis: () => redis.ping() } })
 * web.get('/ready', readiness.http)
 */
export function health(options: HealthOptions | readonly Linkspan<unknown>[]): Health {
  const {
    apps,
    checks = {},
    timeout,
    cache,
    clock = systemClock,
  } = isList(options) ? { apps: options } : options
  const times = {
    timeout: whole('timeout', timeout ?? 1_000, 1, 60_000),
    cache: whole('cache', cache ?? 1_000, 0, 60_000),
    clock,
  }
  const cached = Object.entries(checks).map(([name, check]) => [name, new CachedCheck(check, times)] as const)

  async function ready(): Promise<HealthAnswer> {
    if (apps.some(isLeaving)) return unavailable(['draining'])
    const passed = await Promise.all(cached.map(([, check]) => check.passes()))
    // It may have begun meanwhile.
    if (apps.some(isLeaving)) return unavailable(['draining'])
    const failing = cached.filter((_, index) => passed[index] === false).map(([name]) => name)
    return failing.length === 0 ? ALIVE : unavailable(failing)
  }

  return { liveness: probe(() => Promise.resolve(ALIVE)), readiness: probe(ready) }
}

function unavailable(failing: readonly string[]): HealthAnswer {
  return { status: 503, body: { status: 'unavailable', failing } }
}

function isList<Item>(given: object | readonly Item[]): given is readonly Item[] {
  return Array.isArray(given)
}
