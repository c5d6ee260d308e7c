import { describe, expect, it } from 'vitest'
import type { DrainOptions, DrainReport } from '../src/drain.js'
import type { LinkspanOptions } from '../src/options.js'
import { Bench, type FakeTransportOptions, type Pair } from './fake.js'
import { turn } from './fake-clock.js'

async function crowd(
  size: number,
  options?: LinkspanOptions,
  transport?: FakeTransportOptions,
): Promise<{ bench: Bench; pairs: Pair<{}>[] }> {
  const bench = Bench.open(options)
  const pairs: Pair<{}>[] = []
  for (let i = 0; i < size; i += 1) pairs.push(await bench.connect({}, transport))
  return { bench, pairs }
}

/** Begins to drain; the report is there once it has resolved. */
function draining(bench: Bench, options?: DrainOptions): { report: DrainReport | undefined } {
  const result: { report: DrainReport | undefined } = { report: undefined }
  void bench.app.drain(options).then((report) => {
    result.report = report
  })
  return result
}

const closedAt = (pairs: readonly Pair<{}>[]): number =>
  pairs.filter(({ transport }) => transport.count('close') > 0).length

describe('a drain of nobody', () => {
  it('is over at once', async () => {
    expect(await Bench.open().app.drain()).toEqual({ closed: 0, forced: 0, duration: 0 })
  })
})

describe('a drain', () => {
  it('closes everybody with 1012, and resolves when all are closed', async () => {
    const { bench, pairs } = await crowd(3)
    const result = draining(bench)
    await bench.clock.advance(200)
    for (const { transport } of pairs) {
      expect(transport.calls).toEqual([{ call: 'close', code: 1012, reason: 'restarting' }])
    }
    expect(result.report).toBeUndefined()
    for (const { transport } of pairs) transport.closed(1012)
    await turn()
    expect(result.report).toEqual({ closed: 3, forced: 0, duration: 200 })
    expect(bench.clock.pending).toBe(0)
  })

  it('says what it was told to say', async () => {
    const { bench, pairs } = await crowd(1)
    draining(bench, { code: 1001, reason: 'good night' })
    expect(pairs[0]?.transport.calls).toEqual([{ call: 'close', code: 1001, reason: 'good night' }])
  })

  it('cuts its reason as any other', async () => {
    const { bench, pairs } = await crowd(1)
    draining(bench, { reason: 'a'.repeat(200) })
    expect(pairs[0]?.transport.calls).toEqual([{ call: 'close', code: 1012, reason: 'a'.repeat(123) }])
  })

  it('awaits the release of every resource', async () => {
    const { bench, pairs } = await crowd(1)
    const [pair] = pairs
    let release = (): void => {}
    pair?.conn.defer(
      () =>
        new Promise<void>((resolve) => {
          release = resolve
        }),
    )
    const result = draining(bench)
    pair?.transport.closed(1012)
    await bench.clock.advance(1_000)
    expect(result.report).toBeUndefined()
    release()
    await turn()
    expect(result.report).toEqual({ closed: 1, forced: 0, duration: 1_000 })
  })

  it('goes on also where a release throws', async () => {
    const { bench, pairs } = await crowd(1)
    pairs[0]?.conn.defer(() => {
      throw new Error('no')
    })
    const result = draining(bench)
    pairs[0]?.transport.closed(1012)
    await turn()
    expect(result.report).toMatchObject({ closed: 1, forced: 0 })
    expect(bench.errors).toEqual(['LINKSPAN_RELEASE'])
  })

  it('cuts at the end of the grace what is left, and reports it as forced', async () => {
    const { bench, pairs } = await crowd(3, { closeTimeout: 60_000 })
    const result = draining(bench, { grace: 1_000 })
    await bench.clock.advance(100)
    pairs[0]?.transport.closed(1012)
    await bench.clock.advance(899)
    expect(pairs.map(({ transport }) => transport.count('terminate'))).toEqual([0, 0, 0])
    await bench.clock.advance(1)
    expect(pairs.map(({ transport }) => transport.count('terminate'))).toEqual([0, 1, 1])
    for (const { transport } of pairs) transport.closed(1006)
    await turn()
    expect(result.report).toEqual({ closed: 1, forced: 2, duration: 1_000 })
    expect(bench.clock.pending).toBe(0)
  })

  it('cuts also those who are gone the moment they are cut', async () => {
    const { bench } = await crowd(2, { closeTimeout: 60_000 })
    const stubborn = await bench.connect({}, { abrupt: true })
    bench.app.on('close', () => {})
    const result = draining(bench, { grace: 100 })
    await bench.clock.advance(100)
    expect(stubborn.conn.state).toBe('closed')
    await bench.clock.advance(120_000)
    expect(result.report).toMatchObject({ closed: 1, forced: 2 })
  })

  it('without grace closes all at once, and cuts what is not gone by then', async () => {
    const { bench, pairs } = await crowd(3)
    draining(bench, { grace: 0 })
    expect(closedAt(pairs)).toBe(3)
    await bench.clock.advance(0)
    expect(pairs.every(({ transport }) => transport.count('terminate') === 1)).toBe(true)
  })

  it('ends those who are connecting with 503 and Retry-After', async () => {
    const bench = Bench.open().with((app) => app.use(() => new Promise<never>(() => {})))
    const handshake = bench.arrive()
    draining(bench)
    expect(handshake.rejected).toMatchObject({ status: 503, headers: { 'retry-after': '30' } })
    expect(JSON.parse(handshake.rejected?.body ?? '')).toMatchObject({ detail: 'restarting', code: 1012 })
  })

  it('begun again is the same one', async () => {
    const { bench, pairs } = await crowd(1)
    const first = bench.app.drain({ code: 1001 })
    expect(bench.app.drain({ code: 1012, grace: 1 })).toBe(first)
    pairs[0]?.transport.closed(1001)
    await expect(first).resolves.toMatchObject({ closed: 1 })
    expect(bench.app.drain()).toBe(first)
  })

  it('does not mind who leaves by himself', async () => {
    const { bench, pairs } = await crowd(4)
    const result = draining(bench)
    for (const { transport } of pairs) transport.closed(1001)
    await turn()
    expect(result.report).toEqual({ closed: 4, forced: 0, duration: 0 })
    expect(bench.clock.pending).toBe(0)
  })
})

describe('the plan of a drain', () => {
  it('gives each of a crowd a moment of its own, over half of the grace', async () => {
    const { bench, pairs } = await crowd(200)
    draining(bench, { grace: 400 })
    const counts: number[] = []
    for (let time = 0; time <= 250; time += 50) {
      counts.push(closedAt(pairs))
      await bench.clock.advance(50)
    }
    expect(counts[0]).toBeLessThan(10)
    expect(counts.at(-1)).toBe(200)
    // Evenly: each batch of 50 ms of 200 closes about a quarter.
    for (let i = 1; i <= 4; i += 1) {
      const batch = (counts[i] as number) - (counts[i - 1] as number)
      expect(batch).toBeGreaterThan(40)
      expect(batch).toBeLessThan(60)
    }
  })

  it('does not close in the order of arrival', async () => {
    const { bench, pairs } = await crowd(100)
    draining(bench, { grace: 400 })
    await bench.clock.advance(100)
    const first = pairs.slice(0, 50)
    expect(closedAt(first)).toBeGreaterThan(15)
    expect(closedAt(first)).toBeLessThan(35)
  })

  it('lets nobody of a few wait for half of the grace', async () => {
    const { bench, pairs } = await crowd(10)
    draining(bench, { grace: 30_000 })
    await bench.clock.advance(50)
    expect(closedAt(pairs)).toBe(10)
  })
})

describe('an upgrade that comes while draining', () => {
  it('is refused with 503, and told to wait for what is left of the grace', async () => {
    const { bench } = await crowd(1, { closeTimeout: 60_000 })
    draining(bench, { grace: 10_000 })
    const retryAfter = (): unknown => bench.arrive().rejected?.headers['retry-after']
    expect(retryAfter()).toBe('10')
    await bench.clock.advance(7_500)
    expect(retryAfter()).toBe('3')
    await bench.clock.advance(2_499)
    expect(retryAfter()).toBe('1')
    await bench.clock.advance(60_000)
    expect(retryAfter()).toBe('1')
  })

  it('is told what the drain was told', async () => {
    const bench = Bench.open()
    await bench.app.drain({ retryAfter: 7 })
    const { rejected } = bench.arrive()
    expect(rejected).toMatchObject({ status: 503, headers: { 'retry-after': '7' } })
    expect(JSON.parse(rejected?.body ?? '')).toMatchObject({ detail: 'restarting', code: 1012 })
  })

  it('costs no middleware', async () => {
    let ran = false
    const bench = Bench.open().with((app) =>
      app.use((_conn, next) => {
        ran = true
        return next()
      }),
    )
    await bench.app.drain()
    bench.arrive()
    await turn()
    expect(ran).toBe(false)
  })

  it('is none of those that the drain counts or waits for', async () => {
    const { bench, pairs } = await crowd(1, { refuse: 'visibly' })
    const result = draining(bench)
    const late = bench.arrive()
    expect(late.transport.calls).toEqual([{ call: 'close', code: 1012, reason: 'restarting' }])
    pairs[0]?.transport.closed(1012)
    await turn()
    expect(result.report).toEqual({ closed: 1, forced: 0, duration: 0 })
    expect(bench.app.connections.size).toBe(1)
    late.transport.closed(1012)
    await turn()
    expect(bench.app.connections.size).toBe(0)
  })
})

describe('a drain that cannot be meant', () => {
  it.each<[string, DrainOptions, string]>([
    ['a close code that cannot be sent', { code: 1006 }, 'LINKSPAN_CLOSE_CODE'],
    ['a grace that is no time', { grace: Number.NaN }, 'LINKSPAN_OPTION'],
    ['a grace without end', { grace: Infinity }, 'LINKSPAN_OPTION'],
    ['a grace below nothing', { grace: -1 }, 'LINKSPAN_OPTION'],
    ['a part of a second to wait', { retryAfter: 1.5 }, 'LINKSPAN_OPTION'],
    ['a negative time to wait', { retryAfter: -1 }, 'LINKSPAN_OPTION'],
  ])('for %s throws, and nothing begins', async (_, options, code) => {
    const { bench, pairs } = await crowd(1)
    expect(() => bench.app.drain(options)).toThrow(expect.objectContaining({ code }))
    await bench.clock.advance(1_000)
    expect(closedAt(pairs)).toBe(0)
    expect(bench.arrive().rejected).toBeUndefined()
  })
})
