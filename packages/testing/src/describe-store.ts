import type { Describe, It } from './describe-transport.js'
import { globalOf } from './global-of.js'
import type { StoreBehaviour, StoreChapter } from './store/behaviour.js'
import { endings } from './store/endings.js'
import { hanging } from './store/hanging.js'
import type { StoreFactory, StoreSupports } from './store/host.js'
import { ids } from './store/ids.js'
import { roundTrip } from './store/round-trip.js'
import { versions } from './store/versions.js'

/**
 * What is to be certified, and by which runner.
 *
 * @example
 * const suite: StoreSuite = { name: 'my store', factory: myStore, supports: { stall: false } }
 */
export interface StoreSuite {
  /** What the tests are listed under. Default: `'session store'`. */
  readonly name?: string
  readonly factory: StoreFactory
  /** What cannot be tried with it, as `false`. Default: everything can. */
  readonly supports?: Partial<StoreSupports>
  /** Default: the runner's global one. */
  readonly describe?: Describe
  /** Default: the runner's global one. */
  readonly it?: It
}

/**
 * What a suite consists of for one store.
 *
 * @example
 * const { skipped } = describeStore(suite)
 */
export interface StoreReport {
  readonly run: readonly string[]
  /** What the store does not support. */
  readonly skipped: readonly string[]
}

const chapters: readonly StoreChapter[] = [
  { title: 'round trip', behaviours: roundTrip },
  { title: 'versions', behaviours: versions },
  { title: 'endings', behaviours: endings },
  { title: 'ids', behaviours: ids },
  { title: 'a backend that hangs', behaviours: hanging },
]

/**
 * Registers what every session store has to do with a test runner, one test a behaviour, each with a store of its own.
 * What the store does not support is not registered; the answer lists it.
 *
 * @throws Error where no `describe` or `it` is given, and there is no global one
 *
 * @example
 * const clock = new VirtualClock()
 * describeStore({
 *   name: 'memory',
 *   factory: async () => {
 *     const store = memoryStore({ clock })
 *     return { store, other: store, advance: (time) => clock.advance(time), close: async () => {} }
 *   },
 *   supports: { prefixes: false, stall: false },
 * })
 */
export function describeStore(suite: StoreSuite): StoreReport {
  const { name = 'session store', factory } = suite
  const describe = suite.describe ?? globalOf<Describe>('describe')
  const it = suite.it ?? globalOf<It>('it')
  const supports: StoreSupports = { prefixes: true, stall: true, ...suite.supports }
  const run: string[] = []
  const skipped: string[] = []
  describe(name, () => {
    for (const { title, behaviours } of chapters) {
      const able = behaviours.filter(({ needs }) => needs === undefined || supports[needs])
      for (const behaviour of behaviours) (able.includes(behaviour) ? run : skipped).push(behaviour.name)
      if (able.length === 0) continue
      describe(title, () => {
        for (const behaviour of able) it(behaviour.name, () => perform(behaviour, factory))
      })
    }
  })
  return { run, skipped }
}

async function perform(behaviour: StoreBehaviour, factory: StoreFactory): Promise<void> {
  const host = await factory()
  try {
    await behaviour.run(host)
  } finally {
    await host.close()
  }
}
