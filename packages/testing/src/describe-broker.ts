import type { BrokerBehaviour, BrokerChapter } from './broker/behaviour.js'
import { channels } from './broker/channels.js'
import { closing } from './broker/closing.js'
import type { BrokerFactory, BrokerSupports } from './broker/host.js'
import { nodes } from './broker/nodes.js'
import { opening } from './broker/opening.js'
import { order } from './broker/order.js'
import { outages } from './broker/outages.js'
import { payloads } from './broker/payloads.js'
import { replaying } from './broker/replaying.js'
import { BrokerStage } from './broker/stage.js'
import { stalls } from './broker/stalls.js'
import { subscribing } from './broker/subscribing.js'
import type { Describe } from './describe-transport.js'
import { globalOf } from './global-of.js'

/** `it` of a test runner, which may be told how long a test takes at most, in milliseconds. */
export type TimedIt = (name: string, body: () => Promise<void>, timeout: number) => unknown

/**
 * What is to be certified, and by which runner.
 *
 * @example
 * const suite: BrokerSuite = { name: 'my broker', factory: myHost, supports: { stall: false } }
 */
export interface BrokerSuite {
  /** What the tests are listed under. Default: `'broker'`. */
  readonly name?: string
  readonly factory: BrokerFactory
  /** What can be tried with it. Default: all but `replays`. */
  readonly supports?: Partial<BrokerSupports>
  /** How long anything may take, in milliseconds: connecting again above all. Default: 20,000. */
  readonly patience?: number
  /** Default: the runner's global one. */
  readonly describe?: Describe
  /** Default: the runner's global one. */
  readonly it?: TimedIt
}

/**
 * What a suite consists of for one broker.
 *
 * @example
 * const { skipped } = describeBroker(suite)
 */
export interface BrokerReport {
  readonly run: readonly string[]
  /** What cannot be tried with the broker. */
  readonly skipped: readonly string[]
}

const chapters: readonly BrokerChapter[] = [
  { title: 'opening', behaviours: opening },
  { title: 'payloads', behaviours: payloads },
  { title: 'channels', behaviours: channels },
  { title: 'order', behaviours: order },
  { title: 'subscribing', behaviours: subscribing },
  { title: 'nodes', behaviours: nodes },
  { title: 'closing', behaviours: closing },
  { title: 'outages', behaviours: outages },
  { title: 'an engine that hangs', behaviours: stalls },
  { title: 'a log', behaviours: replaying },
]

/**
 * Registers what every broker has to do with a test runner, one test a behaviour, each with a host of its own. What
 * cannot be tried with the broker is not registered; the answer lists it.
 *
 * @throws Error where no `describe` or `it` is given, and there is no global one
 *
 * @example
 * describeBroker({
 *   name: 'memory',
 *   factory: async () => {
 *     const hub = memoryBroker()
 *     return { broker: () => hub, cut: async () => hub.cut(), mend: async () => hub.mend(), close: async () => {} }
 *   },
 *   supports: { stall: false, lend: false, listeners: false },
 * })
 */
export function describeBroker(suite: BrokerSuite): BrokerReport {
  const { name = 'broker', factory, patience = 20_000 } = suite
  const describe = suite.describe ?? globalOf<Describe>('describe')
  const it = suite.it ?? globalOf<TimedIt>('it')
  const supports: BrokerSupports = {
    cut: true,
    stall: true,
    lend: true,
    listeners: true,
    replays: false,
    ...suite.supports,
  }
  const run: string[] = []
  const skipped: string[] = []
  describe(name, () => {
    for (const { title, behaviours } of chapters) {
      const able = behaviours.filter(({ needs = [] }) => needs.every((need) => supports[need]))
      for (const behaviour of behaviours) (able.includes(behaviour) ? run : skipped).push(behaviour.name)
      if (able.length === 0) continue
      describe(title, () => {
        for (const behaviour of able) {
          // Several waits one after the other, each of which says for what it has waited.
          it(behaviour.name, () => perform(behaviour, factory, supports, patience), patience * 4)
        }
      })
    }
  })
  return { run, skipped }
}

async function perform(
  behaviour: BrokerBehaviour,
  factory: BrokerFactory,
  supports: BrokerSupports,
  patience: number,
): Promise<void> {
  const failures: unknown[] = []
  const failed = (failure: unknown): void => {
    failures.push(failure)
  }
  process.on('unhandledRejection', failed)
  try {
    const host = await factory()
    const stage = new BrokerStage(host, supports, patience)
    await behaviour.run(stage).catch(failed)
    await stage.end().catch(failed)
    await host.close()
  } finally {
    process.off('unhandledRejection', failed)
  }
  if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('\n'))
  if (failures.length > 0) throw failures[0]
}
