import type { Behaviour, Chapter } from './behaviour.js'
import { chapters as conformance } from './conformance/index.js'
import { globalOf } from './global-of.js'
import { FULL_SUPPORT, type HostFactory, type Supports } from './host.js'
import { perform } from './stage.js'

/** `describe` of a test runner: vitest, jest and node:test have it in this shape. */
export type Describe = (name: string, body: () => void) => unknown
/** `it` of a test runner. */
export type It = (name: string, body: () => Promise<void>) => unknown

/**
 * What is to be certified, and by which runner.
 *
 * @example
 * const suite: TransportSuite = { name: 'my transport', factory: myHost, supports: { pause: false } }
 */
export interface TransportSuite {
  /** What the tests are listed under. Default: `'transport'`. */
  readonly name?: string
  readonly factory: HostFactory
  /** What the transport cannot do, as `false`. Default: it can do everything. */
  readonly supports?: Partial<Supports>
  /** What it has to do. Default: the conformance suite. Give chapters of your own to test what is yours on any transport. */
  readonly chapters?: readonly Chapter[]
  /** Default: the runner's global one. */
  readonly describe?: Describe
  /** Default: the runner's global one. */
  readonly it?: It
}

/**
 * One behaviour of the suite, for those who list or count them.
 *
 * @example
 * const { chapter, name, needs }: BehaviourEntry = entry
 */
export interface BehaviourEntry {
  readonly chapter: string
  readonly name: string
  readonly needs: readonly (keyof Supports)[]
}

/**
 * What a suite consists of for one transport.
 *
 * @example
 * const { skipped } = describeTransport(suite)
 */
export interface SuiteReport {
  readonly run: readonly BehaviourEntry[]
  /** What the transport cannot do; `needs` is what it lacks. */
  readonly skipped: readonly BehaviourEntry[]
}

/**
 * Every behaviour of the suite, in order.
 *
 * @example
 * console.log(`${behaviours.length} behaviours`)
 */
export const behaviours: readonly BehaviourEntry[] = conformance.flatMap(({ title, behaviours }) =>
  behaviours.map(({ name, needs = [] }) => ({ chapter: title, name, needs })),
)

/**
 * Registers the conformance suite with a test runner, one test a behaviour. Each runs an application on a host of its
 * own, under a virtual clock, and afterwards nothing of it may be left: no connection, no timer, no byte in a queue.
 *
 * What needs something that the transport cannot do is not registered; the answer lists it.
 *
 * @throws Error where no `describe` or `it` is given, and there is no global one
 *
 * @example
 * describeTransport({ name: 'my transport', factory: myHost, supports: { pause: false } })
 */
export function describeTransport(suite: TransportSuite): SuiteReport {
  const { name = 'transport', factory, chapters = conformance } = suite
  const describe = suite.describe ?? globalOf<Describe>('describe')
  const it = suite.it ?? globalOf<It>('it')
  const supports: Supports = { ...FULL_SUPPORT, ...suite.supports }
  const run: BehaviourEntry[] = []
  const skipped: BehaviourEntry[] = []
  describe(name, () => {
    for (const chapter of chapters) {
      const able: Behaviour[] = []
      for (const behaviour of chapter.behaviours) {
        const lacks = (behaviour.needs ?? []).filter((need) => !supports[need])
        const entry = { chapter: chapter.title, name: behaviour.name }
        if (lacks.length > 0) skipped.push({ ...entry, needs: lacks })
        else {
          run.push({ ...entry, needs: behaviour.needs ?? [] })
          able.push(behaviour)
        }
      }
      if (able.length === 0) continue
      describe(chapter.title, () => {
        for (const behaviour of able) it(behaviour.name, () => perform(behaviour, factory, supports))
      })
    }
  })
  return { run, skipped }
}
