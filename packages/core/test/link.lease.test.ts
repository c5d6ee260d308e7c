import { describe, expect, it } from 'vitest'
import { Bench, type Pair } from './fake.js'
import { turn } from './fake-clock.js'

describe('the lease of an identity', () => {
  async function leased(expiresAt: number): Promise<{ bench: Bench; pair: Pair<{}> }> {
    const bench = Bench.open().with((app) =>
      app.use((conn, next) => {
        conn.authenticate({ subject: 'ada', expiresAt })
        return next()
      }),
    )
    return { bench, pair: await bench.connect() }
  }

  it('is announced a minute before its end, and closes with 4200 at it', async () => {
    const { bench, pair } = await leased(1_000_000 + 100_000)
    await bench.clock.advance(39_999)
    expect(bench.of('expiring')).toEqual([])
    await bench.clock.advance(1)
    expect(bench.of('expiring')).toEqual([{ expiresAt: 1_100_000, in: 60_000 }])
    await bench.clock.advance(59_999)
    expect(pair.transport.calls).toEqual([])
    await bench.clock.advance(1)
    expect(pair.transport.calls).toEqual([{ call: 'close', code: 4200, reason: 'credentials expired' }])
    expect(bench.of('expiring')).toHaveLength(1)
  })

  it('with less than a minute left is announced at once', async () => {
    const { bench } = await leased(1_000_000 + 10_000)
    await bench.clock.advance(0)
    expect(bench.of('expiring')).toEqual([{ expiresAt: 1_010_000, in: 10_000 }])
  })

  it('that was over before it began closes at once', async () => {
    const { bench, pair } = await leased(5)
    await bench.clock.advance(0)
    expect(bench.of('expiring')).toEqual([{ expiresAt: 5, in: 0 }])
    expect(pair.transport.calls).toEqual([{ call: 'close', code: 4200, reason: 'credentials expired' }])
  })

  it('is extended by a renewal, and announced again', async () => {
    const { bench, pair } = await leased(1_000_000 + 100_000)
    bench.app.on('expiring', (conn, { expiresAt }) => {
      if (expiresAt === 1_100_000) conn.renew({ subject: 'ada', expiresAt: 1_200_000 })
    })
    await bench.clock.advance(100_000)
    expect(pair.conn.state).toBe('active')
    await bench.clock.advance(40_000)
    expect(bench.of('expiring')).toEqual([
      { expiresAt: 1_100_000, in: 60_000 },
      { expiresAt: 1_200_000, in: 60_000 },
    ])
    await bench.clock.advance(60_000)
    expect(pair.transport.count('close')).toBe(1)
  })

  it('may be lifted by a renewal without an end', async () => {
    const { bench, pair } = await leased(1_000_000 + 100_000)
    pair.conn.renew({ subject: 'ada' })
    expect(bench.clock.pending).toBe(0)
    await bench.clock.advance(1_000_000)
    expect(pair.conn.state).toBe('active')
  })

  it('ends with its connection', async () => {
    const { bench, pair } = await leased(1_000_000 + 100_000)
    pair.transport.closed(1000)
    await turn()
    expect(bench.clock.pending).toBe(0)
  })
})
