import { Log, type Logger } from '@linkspan/core'
import { VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { StoreHealth } from '../src/rate-limit-health.js'
import { type SharedLimiter, StoreQuota } from '../src/rate-limit-store.js'

const nothing = () => {}
const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** A store that answers what a test says. */
function stored(consume: SharedLimiter['consume'], points = 10) {
  const clock = new VirtualClock()
  const asked: [string, number | undefined][] = []
  const limiter: SharedLimiter = {
    consume: (key, cost) => {
      asked.push([key, cost])
      return consume(key, cost)
    },
  }
  const health = new StoreHealth(clock, new Log(SILENT, clock))
  const quota = new StoreQuota(limiter, points, health, clock, 200)
  return { quota, clock, asked, health }
}

describe('a store', () => {
  it('that has room lets it go on, and keeps no timer', async () => {
    const { quota, clock, asked } = stored(async () => ({ remainingPoints: 3 }))
    expect(await quota.consume('k', 2)).toBe(0)
    expect(asked).toEqual([['k', 2]])
    expect(clock.pending).toBe(0)
  })

  it('that has none answers the wait in whole milliseconds, at least one', async () => {
    const waits = [1_500.2, 0, -1]
    const { quota } = stored(() => Promise.reject({ msBeforeNext: waits.shift() }))
    expect([await quota.consume('k', 1), await quota.consume('k', 1), await quota.consume('k', 1)]).toEqual([
      1_501, 1, 1,
    ])
  })

  it('is never asked for more than the whole quota', async () => {
    const { quota, asked } = stored(async () => undefined, 10)
    await quota.consume('k', 5_000)
    expect(asked).toEqual([['k', 10]])
  })

  it('that fails, in whatever way, lets it go on', async () => {
    const failing: SharedLimiter['consume'][] = [
      () => Promise.reject(new Error('gone')),
      () => Promise.reject('gone'),
      () => Promise.reject(null),
      () => Promise.reject(Object.assign(new Error('gone'), { msBeforeNext: 5 })),
      () => {
        throw new Error('gone')
      },
    ]
    for (const consume of failing) {
      const { quota, health } = stored(consume)
      expect(await quota.consume('k', 1)).toBe(0)
      expect(health.failures).toBe(1)
    }
  })

  it('has a deadline; an answer that is late changes nothing', async () => {
    let answer: (reason: unknown) => void = nothing
    const { quota, clock, health } = stored(
      () =>
        new Promise((_, reject) => {
          answer = reject
        }),
    )
    const wait = quota.consume('k', 1)
    await clock.advance(200)
    expect(await wait).toBe(0)
    answer({ msBeforeNext: 9_000 })
    await clock.advance(0)
    expect(health.failures).toBe(1)
  })
})
