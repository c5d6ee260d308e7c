import { describe, expect, it } from 'vitest'
import { Deferred } from '../src/deferred.js'
import { within } from '../src/within.js'
import { FakeClock, turn } from './fake-clock.js'
import { unhandledDuring } from './unhandled.js'

const late = (): Error => new Error('too late')

/** A signal that knows how many listen to it. */
function watched() {
  const controller = new AbortController()
  const { signal } = controller
  let listening = 0
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (...given: Parameters<typeof addEventListener>): void => {
    listening += 1
    addEventListener.apply(signal, given)
  }
  signal.removeEventListener = (...given: Parameters<typeof removeEventListener>): void => {
    listening -= 1
    removeEventListener.apply(signal, given)
  }
  return { controller, signal, listening: () => listening }
}

describe('within', () => {
  it('answers what the promise answers, and leaves nothing behind', async () => {
    const clock = new FakeClock()
    const { signal, listening } = watched()
    const work = new Deferred<string>()
    const waiting = within(clock, 100, work.promise, late, signal)
    expect([clock.pending, listening()]).toEqual([1, 1])
    await clock.advance(99)
    work.resolve('done')
    expect(await waiting).toBe('done')
    await turn()
    expect([clock.pending, listening()]).toEqual([0, 0])
  })

  it('rejects with what the promise rejects with', async () => {
    const clock = new FakeClock()
    await expect(within(clock, 100, Promise.reject(new Error('broken')), late)).rejects.toThrow('broken')
    await turn()
    expect(clock.pending).toBe(0)
  })

  it('rejects when the time is over; what comes later reaches nobody', async () => {
    const clock = new FakeClock()
    const { signal, listening } = watched()
    let fail: (reason: Error) => void = () => {}
    const work = new Promise<never>((_, reject) => {
      fail = reject
    })
    const waiting = within(clock, 100, work, late, signal)
    const failed = expect(waiting).rejects.toThrow('too late')
    await clock.advance(100)
    await failed
    expect([clock.pending, listening()]).toEqual([0, 0])
    expect(await unhandledDuring(() => fail(new Error('much later')))).toEqual([])
  })

  it('makes no error that is not needed', async () => {
    const clock = new FakeClock()
    let made = 0
    const count = (): Error => {
      made += 1
      return late()
    }
    expect(await within(clock, 100, Promise.resolve(1), count)).toBe(1)
    await clock.advance(1_000)
    expect(made).toBe(0)
  })

  it('rejects with the reason of an abort', async () => {
    const clock = new FakeClock()
    const { controller, signal, listening } = watched()
    const reason = new Error('left')
    const waiting = within(clock, 100, new Deferred<never>().promise, late, signal)
    const failed = expect(waiting).rejects.toBe(reason)
    controller.abort(reason)
    await failed
    expect([clock.pending, listening()]).toEqual([0, 0])
  })

  it('does not wait where the abort came before', async () => {
    const clock = new FakeClock()
    const reason = new Error('left')
    await expect(
      within(clock, 100, new Deferred<never>().promise, late, AbortSignal.abort(reason)),
    ).rejects.toBe(reason)
    expect(clock.pending).toBe(0)
  })
})
