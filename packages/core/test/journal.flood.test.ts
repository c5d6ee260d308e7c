import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Linkspan, linkspan } from '../src/app.js'
import type { LinkspanOptions } from '../src/options.js'
import type { Logger } from '../src/ports/logger.js'
import { FakeHandshake } from './fake.js'
import { FakeClock, turn } from './fake-clock.js'

type Fields = Readonly<Record<string, unknown>>

interface Flooded {
  readonly app: Linkspan<{}>
  readonly clock: FakeClock
  readonly lines: { readonly level: string; readonly fields: Fields }[]
}

function flooded(options: LinkspanOptions = {}): Flooded {
  const clock = new FakeClock()
  const lines: Flooded['lines'] = []
  const at = (level: string) => (fields: object) => void lines.push({ level, fields: fields as Fields })
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  return { app: linkspan({ origin: '*', heartbeat: false, ...options, clock, logger }), clock, lines }
}

/** How many lines of an event there were, and how many were suppressed. */
function counted(lines: Flooded['lines'], event: string): { written: number; suppressed: number } {
  return {
    written: lines.filter(({ fields }) => fields['event'] === event).length,
    suppressed: lines
      .filter(({ fields }) => fields['event'] === 'log.suppressed' && fields['of'] === event)
      .reduce((sum, { fields }) => sum + Number(fields['suppressed']), 0),
  }
}

describe('a flood of refusals', () => {
  it('100,000 of them at once are 100 lines, and one that tells of the others', {
    timeout: 60_000,
  }, async () => {
    const { app, clock, lines } = flooded({ maxConnections: 0 })
    for (let each = 0; each < 100_000; each += 1) app.handle(new FakeHandshake())
    await turn()
    expect(app.stats().totals).toMatchObject({ rejected: 100_000, closed: 100_000 })
    expect([lines.length, app.stats().gauges.timers, clock.pending]).toEqual([100, 1, 1])
    await clock.advance(1_000)
    const suppressed = {
      event: 'log.suppressed',
      of: 'connection.refused',
      code: 1013,
      by: 'server',
      suppressed: 99_900,
    }
    expect(lines.slice(100)).toEqual([{ level: 'warn', fields: suppressed }])
    expect([app.stats().gauges.timers, clock.pending]).toEqual([0, 0])
  })

  it('over ten seconds is as many lines as ten seconds have, and the counts add up', {
    timeout: 30_000,
  }, async () => {
    const { app, clock, lines } = flooded({ log: { perSecond: 20 } })
    app.use((conn) => conn.reject({ status: 429 }))
    for (let tick = 0; tick < 100; tick += 1) {
      for (let each = 0; each < 100; each += 1) app.handle(new FakeHandshake())
      await clock.advance(100)
    }
    await clock.advance(1_000)
    expect(lines.length).toBeLessThanOrEqual(11 * (20 + 1))
    const { written, suppressed } = counted(lines, 'connection.refused')
    expect(written).toBe(200)
    expect(written + suppressed).toBe(10_000)
    expect(clock.pending).toBe(0)
  })
})

it('errors are bounded in the same way, each code by itself', async () => {
  const { app, clock, lines } = flooded({
    log: { perSecond: 5, levels: { 'connection.refused': 'silent' }, faults: 'silent' },
  })
  app.use((conn) => {
    if (conn.request.path === '/late') conn.defer(() => Promise.reject(new Error('a release')))
    throw new Error('a middleware')
  })
  for (let each = 0; each < 50; each += 1) app.handle(new FakeHandshake({ url: each < 20 ? '/late' : '/' }))
  await clock.advance(1_000)
  const codes = (event: string): unknown[] =>
    lines
      .filter(({ fields }) => fields['event'] === event)
      .map(({ level, fields }) => [level, fields['code'], fields['suppressed']])
  const five = (code: string): unknown[] => Array.from({ length: 5 }, () => ['error', code, undefined])
  expect(codes('error')).toEqual(
    expect.arrayContaining([...five('LINKSPAN_MIDDLEWARE'), ...five('LINKSPAN_RELEASE')]),
  )
  expect(codes('error')).toHaveLength(10)
  expect(codes('log.suppressed')).toEqual([
    ['error', 'LINKSPAN_MIDDLEWARE', 45],
    ['error', 'LINKSPAN_RELEASE', 15],
  ])
})

it('peers that choose their codes choose nothing about the log: they are one kind', async () => {
  const { app, clock, lines } = flooded({ log: { perSecond: 10, levels: { 'connection.opened': 'silent' } } })
  for (let code = 3_000; code < 5_000; code += 1) {
    const handshake = new FakeHandshake()
    app.handle(handshake)
    await turn()
    handshake.transport.closed(code)
  }
  await clock.advance(1_000)
  expect(counted(lines, 'connection.closed')).toEqual({ written: 10, suppressed: 1_990 })
  expect(lines.at(-1)?.fields).toEqual({
    event: 'log.suppressed',
    of: 'connection.closed',
    code: undefined,
    by: 'peer',
    suppressed: 1_990,
  })
})

describe('a drain under flood', () => {
  it('has told everything and has no timer when it is over', async () => {
    const { app, clock, lines } = flooded()
    const peers = Array.from({ length: 300 }, () => new FakeHandshake())
    for (const peer of peers) app.handle(peer)
    await turn()
    const drained = app.drain({ grace: 0 })
    for (let each = 0; each < 500; each += 1) app.handle(new FakeHandshake())
    await clock.advance(0)
    for (const { transport } of peers) transport.closed(1006)
    await drained
    expect([app.stats().gauges.timers, clock.pending]).toEqual([0, 0])
    expect(counted(lines, 'connection.refused')).toEqual({ written: 100, suppressed: 400 })
    expect(counted(lines, 'connection.opened')).toEqual({ written: 100, suppressed: 200 })
    expect(counted(lines, 'connection.closed')).toEqual({ written: 100, suppressed: 200 })
    expect(counted(lines, 'drain.ended')).toEqual({ written: 1, suppressed: 0 })
  })

  it('tells of those that still come, within a second', async () => {
    const { app, clock, lines } = flooded()
    await app.drain()
    for (let each = 0; each < 500; each += 1) app.handle(new FakeHandshake())
    await clock.advance(1_000)
    expect(counted(lines, 'connection.refused')).toEqual({ written: 100, suppressed: 400 })
    expect([app.stats().gauges.timers, clock.pending]).toEqual([0, 0])
  })
})

it('whoever comes when: each connection has one line that tells of its end, or is counted as one without', {
  timeout: 30_000,
}, async () => {
  const wave = fc.record({
    refused: fc.nat({ max: 30 }),
    left: fc.nat({ max: 30 }),
    aborted: fc.nat({ max: 30 }),
    wait: fc.nat({ max: 1_500 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 10 }),
      fc.array(wave, { maxLength: 8 }),
      async (perSecond, waves) => {
        const { app, clock, lines } = flooded({ log: { perSecond } })
        app.use((conn, next) => {
          if (conn.request.path === '/refused') return conn.reject({ status: 403 })
          return conn.request.path === '/aborted' ? conn.closed.then(() => next()) : next()
        })
        const come = (path: string, count: number): FakeHandshake[] =>
          Array.from({ length: count }, () => {
            const handshake = new FakeHandshake({ url: `/${path}` })
            app.handle(handshake)
            return handshake
          })
        for (const { refused, left, aborted, wait } of waves) {
          come('refused', refused)
          const [leaving, aborting] = [come('left', left), come('aborted', aborted)]
          await turn()
          for (const { transport } of leaving) transport.closed(1001)
          for (const handshake of aborting) handshake.abort()
          await clock.advance(wait)
        }
        await clock.advance(20_000)
        const sum = (of: 'refused' | 'left' | 'aborted'): number =>
          waves.reduce((all, each) => all + each[of], 0)
        const all = (event: string): number => {
          const { written, suppressed } = counted(lines, event)
          return written + suppressed
        }
        expect(all('connection.refused')).toBe(sum('refused'))
        expect(all('connection.aborted')).toBe(sum('aborted'))
        expect(all('connection.closed')).toBe(sum('left'))
        expect(all('connection.opened')).toBe(sum('left'))
        expect([app.stats().gauges.timers, clock.pending]).toEqual([0, 0])
      },
    ),
    { numRuns: 25 },
  )
})
