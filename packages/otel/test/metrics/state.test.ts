import { circuitBreaker } from '@linkspan/guard'
import type { BreakerLike } from '@linkspan/otel'
import { memoryStore, session } from '@linkspan/session'
import { describe, expect, it } from 'vitest'
import { Scene } from './scene.js'

describe('the state', () => {
  it('of a drain: whether there is one, and for how many it waits', async () => {
    const scene = new Scene()
    const app = scene.app()
    const { served } = await scene.measured(app)
    const peers = [await served.connect(), await served.connect()]
    const before = await scene.read()
    expect([before.number('drain.active'), before.number('drain.remaining')]).toEqual([0, 0])
    for (const peer of peers) peer.answersClose = false
    const drained = app.drain()
    await scene.pass(1_000)
    const during = await scene.read()
    expect([during.number('drain.active'), during.number('drain.remaining')]).toEqual([1, 2])
    await scene.pass(30_000)
    expect(await drained).toMatchObject({ closed: 2 })
    const after = await scene.read()
    expect([after.number('drain.active'), after.number('drain.remaining')]).toEqual([1, 0])
  })

  it('of topics and timers is the application’s', async () => {
    const scene = new Scene()
    const app = scene.app().use((conn, next) => {
      conn.join('lobby')
      conn.join('garden')
      return next()
    })
    const { served } = await scene.measured(app)
    await served.connect()
    const reading = await scene.read()
    expect(reading.number('topics')).toBe(2)
    expect(reading.number('timers')).toBe(app.stats().gauges.timers)
    expect(app.stats().gauges.timers).toBe(1)
  })

  it('of a circuit breaker is 1 for what it is, and 0 for the rest', async () => {
    const scene = new Scene()
    const profiles = circuitBreaker({ clock: scene.clock, minimum: 1 })
    const idle: BreakerLike = { state: 'closed' }
    await scene.measured(scene.app(), { breakers: { profiles, idle } })
    expect((await scene.read()).table('breaker.state')).toEqual({
      'profiles closed': 1,
      'profiles open': 0,
      'profiles half-open': 0,
      'idle closed': 1,
      'idle open': 0,
      'idle half-open': 0,
    })
    await expect(profiles.run(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone')
    await scene.pass()
    expect((await scene.read()).table('breaker.state')).toMatchObject({
      'profiles closed': 0,
      'profiles open': 1,
    })
    await scene.pass(5_000)
    let answer = (): void => {}
    const trial = profiles.run(() => new Promise<void>((resolve) => (answer = resolve)))
    expect((await scene.read()).table('breaker.state')).toMatchObject({
      'profiles half-open': 1,
      'profiles open': 0,
    })
    answer()
    await trial
    await scene.pass()
    expect((await scene.read()).table('breaker.state')).toMatchObject({ 'profiles closed': 1 })
  })

  it('that cannot be read costs no other metric', async () => {
    const scene = new Scene()
    const broken: BreakerLike = {
      get state(): never {
        throw new Error('gone')
      },
    }
    const breakers: Record<string, BreakerLike> = { broken: { state: 'open' } }
    await scene.measured(scene.app(), { breakers })
    breakers['broken'] = broken
    const reading = await scene.read()
    expect(reading.of('breaker.state')).toBeUndefined()
    expect(reading.number('topics')).toBe(0)
  })
})

describe('clients that come back with their session', () => {
  it('are counted', async () => {
    const scene = new Scene()
    const sessions = session({ store: memoryStore({ clock: scene.clock }), clock: scene.clock, query: 'sid' })
    const ids: string[] = []
    const app = scene.app().use(sessions)
    const { served } = await scene.measured(
      app.use((conn, next) => {
        ids.push(conn.data.session.id)
        return next()
      }),
      { sessions },
    )
    const first = await served.connect()
    expect((await scene.read()).number('reconnects')).toBe(0)
    first.cut()
    await scene.pass(100)
    await served.connect({ path: `/?sid=${ids[0]}` })
    await served.connect({ path: '/?sid=AAAAAAAAAAAAAAAAAAAAAA' })
    expect(ids[1]).toBe(ids[0])
    expect((await scene.read()).number('reconnects')).toBe(1)
  })

  it('are not spoken of where nobody said what tells them', async () => {
    const scene = new Scene()
    await scene.measured(scene.app())
    expect((await scene.read()).of('reconnects')).toBeUndefined()
  })
})
