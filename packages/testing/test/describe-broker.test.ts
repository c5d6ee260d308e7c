import { memoryBroker } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { type BrokerHost, describeBroker } from '../src/index.js'
import { altered, broken, memoryBrokerHost } from './altered-broker.js'
import { LogBroker } from './log-broker.js'
import { wrongBrokers } from './wrong-brokers/index.js'

describeBroker({
  name: 'a broker that can be stalled',
  factory: async () => memoryBrokerHost(),
  describe,
  it,
})

/** A log, of which its broker misses something where it is lossy. */
function logHost(isLossy = false): BrokerHost {
  const log = new LogBroker()
  const lossy = altered(log.broker(true), () => ({
    sink: (inner) => ({
      message(channel, payload) {
        if (!Buffer.from(payload).toString().startsWith('away') && Buffer.from(payload).toString() !== '7') {
          inner.message(channel, payload)
        }
      },
    }),
  }))
  const broker = isLossy ? lossy : log.broker(true)
  return {
    broker: () => broker,
    cut: async () => log.cut(),
    mend: async () => log.mend(),
    elsewhere: () => log.broker(false),
    close: async () => {},
  }
}

const LOG = { replays: true, stall: false, lend: false, listeners: false }

describeBroker({ name: 'a broker with a log', factory: async () => logHost(), supports: LOG, describe, it })

describe('describeBroker', () => {
  it.each(wrongBrokers)('notices a broker that $mistake', async ({ host, shownBy }) => {
    const unaltered = broken(() => memoryBrokerHost()).get(shownBy)
    const test = broken(host).get(shownBy)
    if (unaltered === undefined || test === undefined) throw new Error(`there is no behaviour '${shownBy}'`)
    await unaltered()
    await withoutListeners(() => expect(test()).rejects.toThrow())
  })

  it.each([
    'what was published while a node was away arrives afterwards, in order and before what is newer',
    'cut again and again nothing is missed',
  ])('notices a log that misses something: %s', async (name) => {
    await expect(broken(() => logHost(true), LOG).get(name)?.()).rejects.toThrow()
  })

  it('notices a broker without a log that is declared as one', async () => {
    const tests = broken(() => memoryBrokerHost(), { replays: true })
    await expect(tests.get('up says whether anything may have been missed')?.()).rejects.toThrow()
  })

  it.each([
    ['cut', 'cut again and again it comes back each time'],
    ['stall', 'close while the engine hangs settles, and nothing is told afterwards'],
    ['lend', 'a client that was handed in works on after close'],
    ['listeners', 'nodes that come and go leave nothing behind'],
    ['replays', 'cut again and again nothing is missed'],
  ])('says what a host lacks that declares %s', async (what, name) => {
    const hub = memoryBroker()
    const tests = broken(() => ({ broker: () => hub, close: async () => {} }), {
      replays: true,
      lend: what === 'lend',
    })
    await expect(tests.get(name)?.()).rejects.toThrow(`declare supports.${what} as false`)
  })

  it('lists what was not run', () => {
    const { run, skipped } = describeBroker({
      factory: () => Promise.reject(new Error('nothing runs here')),
      supports: { cut: false, stall: false, lend: false, listeners: false },
      describe: (_name, body) => body(),
      it: () => {},
    })
    expect(run.length).toBeGreaterThan(45)
    expect(skipped.length).toBeGreaterThan(15)
    expect(skipped).toContain('cut again and again nothing is missed')
  })

  it('reports all that failed', async () => {
    const host = () =>
      memoryBrokerHost((broker) =>
        altered(broker, () => ({
          sink: (inner) => ({
            up(recovered) {
              inner.up(recovered)
              inner.up(recovered)
            },
            message() {},
          }),
        })),
      )
    const failure = await broken(host)
      .get('a channel nobody has asked for is not heard, and publishing on it is no error')?.()
      .catch((reason: unknown) => reason)
    expect(failure).toBeInstanceOf(AggregateError)
    expect(String(failure)).toContain('has arrived')
    expect(String(failure)).toContain('up was told twice')
  })

  it('wants a test runner', () => {
    expect(() => describeBroker({ factory: () => Promise.reject(new Error('not called')) })).toThrow(
      'give the test runner',
    )
  })
})

/** The runner fails for a rejection that nobody handled; here one is planted. */
async function withoutListeners(run: () => Promise<void>): Promise<void> {
  const listeners = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  try {
    await run()
  } finally {
    for (const listener of listeners) process.on('unhandledRejection', listener)
  }
}
