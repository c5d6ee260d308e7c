import type { Describe, It } from '../describe-transport.js'
import { FULL_SUPPORT, type HostFactory, type Supports } from '../host.js'
import type { HostileCase, Place } from './case.js'
import { hostileChapters } from './index.js'
import { attack } from './runner.js'

/**
 * What is to be attacked, and by which runner.
 *
 * @example
 * const suite: HostileSuite = { name: 'my transport', factory: myHost, describe, it }
 */
export interface HostileSuite {
  /** What the tests are listed under. Default: `'transport'`. */
  readonly name?: string
  /** Makes hosts that say where they listen, as those of `socketHost` do. */
  readonly factory: HostFactory
  /**
   * The same with the application elsewhere on its server. `routed`: at `/raw` and `/well-behaved` alone. `beside
   * another`: there, and another application answers `/foreign` with 418 and `X-By: another`. `guarded`: at every path,
   * behind authentication of the framework's own, which takes `Authorization: Bearer let-me-in` and then says
   * `X-Guard: passed`, and else answers with 401 and `WWW-Authenticate: Bearer`. Default: none, and no such cases.
   */
  readonly places?: { readonly [P in Exclude<Place, 'everywhere'>]?: HostFactory }
  /** What the transport cannot do, as `false`. Default: it can do everything. */
  readonly supports?: Partial<Supports>
  readonly describe: Describe
  readonly it: It
}

/**
 * One case of the suite, for those who list or count them.
 *
 * @example
 * const { chapter, name, fault, source, needs, place }: HostileEntry = entry
 */
export interface HostileEntry {
  readonly chapter: string
  readonly name: string
  /** The number of the fault that it is about. */
  readonly fault: number
  /** Where the expectation comes from, such as `'RFC 6455 §5.2'`. */
  readonly source: string
  readonly needs: readonly (keyof Supports)[]
  /** Where on its server the application is. */
  readonly place: 'everywhere' | 'routed' | 'beside another' | 'guarded'
}

/**
 * What the suite consists of for one transport.
 *
 * @example
 * const { run, skipped } = describeHostile(suite)
 */
export interface HostileReport {
  readonly run: readonly HostileEntry[]
  /** What makes no sense there, by `needs` or for want of a place. */
  readonly skipped: readonly HostileEntry[]
}

/**
 * Every case of the suite, in order.
 *
 * @example
 * console.log(hostileCases.filter(({ fault }) => fault === 13).length)
 */
export const hostileCases: readonly HostileEntry[] = hostileChapters.flatMap(({ title, cases }) =>
  cases.map((hostile) => entryOf(title, hostile)),
)

/**
 * Registers the suite of raw bytes with a test runner, one test a case: a TCP client that puts every handshake and every
 * frame together by hand attacks an application, under a virtual clock. Each case says what the client has to see, what
 * the application is told, and that a well-behaved client is served afterwards; and nothing may be left of it.
 *
 * @example
 * describeHostile({ name: 'my transport', factory: myHost, describe, it })
 */
export function describeHostile({
  name = 'transport',
  factory,
  describe,
  it,
  ...suite
}: HostileSuite): HostileReport {
  const supports: Supports = { ...FULL_SUPPORT, ...suite.supports }
  const places = { ...suite.places, everywhere: factory }
  const run: HostileEntry[] = []
  const skipped: HostileEntry[] = []
  describe(`${name}, raw bytes`, () => {
    for (const { title, cases } of hostileChapters) {
      describe(title, () => {
        for (const hostile of cases) {
          const host = places[hostile.place ?? 'everywhere']
          const able = host !== undefined && (hostile.needs ?? []).every((need) => supports[need])
          if (able) it(hostile.name, () => attack(hostile, host, supports))
          const entries = able ? run : skipped
          entries.push(entryOf(title, hostile))
        }
      })
    }
  })
  return { run, skipped }
}

function entryOf(
  chapter: string,
  { name, row, rfc, needs = [], place = 'everywhere' }: HostileCase,
): HostileEntry {
  return { chapter, name, fault: row, source: rfc, needs, place }
}
