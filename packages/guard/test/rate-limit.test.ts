import { linkspan } from '@linkspan/core'
import { type RateLimitEvent, type RateLimitOptions, rateLimit } from '@linkspan/guard'
import { memoryHost, VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'

async function serving(options: RateLimitOptions) {
  const clock = new VirtualClock()
  const limits = rateLimit({ clock, ...options })
  const app = linkspan({ origin: '*', clock }).use(limits).message(limits.messages)
  const host = await memoryHost(app)
  const refusal = async () => {
    const answer = await host.connect().answer
    if (answer.upgraded) throw new Error('the client was let in')
    return answer
  }
  return { clock, limits, host, refusal }
}

describe('a rate limit', () => {
  it('answers what the next middleware answers: it holds no frame for a connection', () => {
    const limits = rateLimit({ messages: { points: 1, per: 1_000 } })
    const end = Promise.resolve()
    expect(limits({} as never, (() => end) as never)).toBe(end)
  })

  it('refuses with 429 also where the observer and the logger throw', async () => {
    const fail = (): never => {
      throw new TypeError('mine')
    }
    const logger = { debug: fail, info: fail, warn: fail, error: fail }
    const { host, refusal } = await serving({
      handshakes: { points: 1, per: 8_000 },
      store: () => ({ consume: () => Promise.reject(new Error('away')) }),
      logger,
      onLimit: fail,
    })
    expect((await host.connect().answer).upgraded).toBe(true)
    expect((await refusal()).status).toBe(429)
    await host.close()
  })

  it('tells its observer everything, and one that throws harms nobody', async () => {
    const events: RateLimitEvent[] = []
    const log: object[] = []
    const nothing = () => {}
    const { host, refusal, limits } = await serving({
      handshakes: { points: 1, per: 8_000 },
      logger: { debug: nothing, info: nothing, warn: nothing, error: (fields) => log.push(fields) },
      onLimit: (_, event) => {
        events.push(event)
        throw new TypeError('mine')
      },
    })
    await host.connect().answer
    expect((await refusal()).status).toBe(429)
    expect(events).toEqual([{ limit: 'handshakes', action: 'refuse', bytes: 0, wait: 8_000 }])
    expect(log).toEqual([
      {
        event: 'observer.threw',
        connection: expect.any(String) as string,
        tenant: undefined,
        via: 'memory',
        state: 'connecting',
        observer: 'onLimit',
        err: new TypeError('mine'),
      },
    ])
    expect(limits.stats()).toEqual({
      refused: 1,
      closed: 0,
      dropped: 0,
      delayed: 0,
      storeFailures: 0,
      keys: 1,
    })
    await host.close()
  })

  it('leaves the window out of its policy where that is no whole number of seconds', async () => {
    const { host, refusal } = await serving({ name: 'burst', handshakes: { points: 1, per: 1_500 } })
    await host.connect().answer
    const { headers } = await refusal()
    expect(headers['ratelimit-policy']).toBe('"burst";q=1')
    expect(headers['ratelimit']).toBe('"burst";r=0;t=2')
    expect(headers['retry-after']).toBe('2')
    await host.close()
  })

  it('refuses what the store refuses', async () => {
    const { host, refusal } = await serving({
      handshakes: { points: 5, per: 60_000 },
      store: () => ({ consume: () => Promise.reject({ msBeforeNext: 41_500 }) }),
    })
    const { status, headers } = await refusal()
    expect([status, headers['retry-after']]).toEqual([429, '42'])
    await host.close()
  })

  it('does not ask the store what the node itself refuses', async () => {
    let asked = 0
    const { host, refusal } = await serving({
      handshakes: { points: 1, per: 60_000 },
      store: () => ({
        consume: async () => {
          asked += 1
        },
      }),
    })
    await host.connect().answer
    for (let i = 0; i < 20; i += 1) await refusal()
    expect(asked).toBe(1)
    await host.close()
  })

  it('remembers no more keys than it may, and no key of whoever is exempt', async () => {
    const { host, limits, clock } = await serving({
      handshakes: { points: 1, per: 60_000, by: (conn) => conn.request.query.get('key') ?? undefined },
      maxKeys: 10,
    })
    for (let i = 0; i < 50; i += 1) await host.connect({ path: `/?key=${i}` }).answer
    expect(limits.stats().keys).toBe(10)
    await host.connect().answer
    expect(limits.stats().keys).toBe(10)
    await clock.advance(60_000)
    expect(limits.stats().keys).toBe(0)
    await host.close()
  })
})
