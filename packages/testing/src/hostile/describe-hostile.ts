import type { Describe, It } from '../describe-transport.js'
import { FULL_SUPPORT, type HostFactory, type Supports } from '../host.js'
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
  /** What the transport cannot do, as `false`. Default: it can do everything. */
  readonly supports?: Partial<Supports>
  readonly describe: Describe
  readonly it: It
}

/**
 * Registers the suite of raw bytes with a test runner, one test a case: a TCP client that puts every handshake and every
 * frame together by hand attacks an application, under a virtual clock. Each case says what the client has to see, what
 * the application is told, and that a well-behaved client is served afterwards; and nothing may be left of it.
 *
 * @example
 * describeHostile({ name: 'my transport', factory: myHost, describe, it })
 */
export function describeHostile({ name = 'transport', factory, describe, it, ...suite }: HostileSuite): void {
  const supports: Supports = { ...FULL_SUPPORT, ...suite.supports }
  describe(`${name}, raw bytes`, () => {
    for (const { title, cases } of hostileChapters) {
      describe(title, () => {
        for (const hostile of cases) {
          if (!(hostile.needs ?? []).every((need) => supports[need])) continue
          it(hostile.name, () => attack(hostile, factory, supports))
        }
      })
    }
  })
}
