import { linkspan, Rejection } from '@linkspan/core'
import { type CircuitBreakerOptions, circuitBreaker } from '@linkspan/guard'
import { memoryHost, VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'

function breaking(options: CircuitBreakerOptions = {}) {
  const clock = new VirtualClock()
  const breaker = circuitBreaker({ clock, minimum: 2, ...options })
  const fail = async () => {
    await breaker.run(() => Promise.reject(new Error('gone'))).catch(() => {})
    await clock.advance(0)
  }
  const open = async () => {
    await fail()
    await fail()
  }
  return { clock, breaker, fail, open }
}

describe('a circuit breaker', () => {
  it('answers the promise of next(): it holds no frame for a connection', () => {
    const { breaker, clock } = breaking()
    const end = Promise.resolve()
    expect(breaker({ opened: Promise.resolve(true) } as never, (() => end) as never)).toBe(end)
    expect(clock.pending).toBe(1)
  })

  it('keeps no timer once the connection is active', async () => {
    const { breaker, clock } = breaking()
    const app = linkspan({ origin: '*', clock, heartbeat: false }).use(breaker)
    const host = await memoryHost(app)
    await host.connect().answer
    await clock.advance(0)
    expect(clock.pending).toBe(0)
    expect(breaker.stats().totals.succeeded).toBe(1)
    await host.close()
  })

  it('tells its observers of every change, until they leave', async () => {
    const { breaker, clock, open, fail } = breaking()
    const changes: string[] = []
    const listener = ({ from, to }: { from: string; to: string }) => changes.push(`${from} → ${to}`)
    expect(breaker.on('change', listener)).toBe(breaker)
    await open()
    await clock.advance(5_000)
    await fail()
    expect(changes).toEqual(['closed → open', 'open → half-open', 'half-open → open'])
    breaker.off('change', listener)
    await clock.advance(5_000)
    await breaker.run(() => 1)
    expect(changes).toHaveLength(3)
  })

  it('counts in whole numbers', async () => {
    const { breaker, open } = breaking({ minimum: 4 })
    await breaker.run(() => 1)
    await breaker.run(() => Promise.reject(new Rejection({ status: 403 }))).catch(() => {})
    await open()
    expect(breaker.stats()).toEqual({
      state: 'closed',
      window: { succeeded: 1, failed: 2 },
      trying: 0,
      totals: { succeeded: 1, failed: 2, neutral: 1, refused: 0, opened: 0 },
    })
    await open()
    await breaker.run(() => 1).catch(() => {})
    expect(breaker.stats().totals).toMatchObject({ failed: 3, opened: 1, refused: 2 })
  })
})

describe('run', () => {
  it('answers what the call answers, and throws what it throws', async () => {
    const { breaker, clock } = breaking()
    const mine = new Error('mine')
    expect(await breaker.run(() => 1)).toBe(1)
    expect(await breaker.run(async () => 'later')).toBe('later')
    await expect(breaker.run(() => Promise.reject(mine))).rejects.toBe(mine)
    const thrower = () => {
      throw mine
    }
    await expect(breaker.run(thrower)).rejects.toBe(mine)
    expect(clock.pending).toBe(0)
  })

  it('calls nothing while the circuit is open: 503, and when to come back', async () => {
    const { breaker, open } = breaking()
    await open()
    let called = false
    const call = breaker.run(() => {
      called = true
    })
    await expect(call).rejects.toMatchObject({ status: 503, code: 1013, headers: { 'retry-after': '5' } })
    expect(called).toBe(false)
  })

  it('gives up after the timeout with 504, aborts the call, and forgets what comes of it', async () => {
    const { breaker, clock } = breaking({ timeout: 100 })
    let signal: AbortSignal | undefined
    let late: (reason: Error) => void = () => {}
    const call = breaker.run((given) => {
      signal = given
      return new Promise((_, reject) => {
        late = reject
      })
    })
    const refused = expect(call).rejects.toMatchObject({ status: 504, code: 1013 })
    await clock.advance(100)
    await refused
    late(new Error('too late'))
    await clock.advance(0)
    expect(signal?.aborted).toBe(true)
    expect(breaker.stats().totals).toMatchObject({ failed: 1, neutral: 0 })
  })

  it('closes a connection whose handler lets the refusal through with 1013', async () => {
    const { breaker, clock, open } = breaking()
    const app = linkspan({ origin: '*', clock }).message(async () => {
      await breaker.run(() => 1)
    })
    const host = await memoryHost(app)
    const answer = await host.connect().answer
    if (!answer.upgraded) throw new Error('the client was refused')
    await open()
    answer.peer.send('x')
    expect(await answer.peer.closed).toEqual({ code: 1013, reason: 'temporarily unavailable' })
    await host.close()
  })
})
