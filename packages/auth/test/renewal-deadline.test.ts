import { VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { outcomeWithin } from '../src/renewal-deadline.js'

describe('outcomeWithin', () => {
  it('answers what the work answered, and takes its timer back', async () => {
    const clock = new VirtualClock()
    expect(await outcomeWithin(async () => 7, 10, clock)).toEqual({ kind: 'done', value: 7 })
    expect(clock.pending).toBe(0)
  })

  it('answers what it threw, now or later', async () => {
    const clock = new VirtualClock()
    const error = new Error('no')
    const failed = { kind: 'failed', error }
    expect(await outcomeWithin(() => Promise.reject(error), 10, clock)).toEqual(failed)
    const thrower = (): Promise<never> => {
      throw error
    }
    expect(await outcomeWithin(thrower, 10, clock)).toEqual(failed)
    expect(clock.pending).toBe(0)
  })

  it('waits until the deadline, and lets go of what fails later', async () => {
    const clock = new VirtualClock()
    let fail: (error: Error) => void = () => {}
    const outcome = outcomeWithin(() => new Promise((_, reject) => (fail = reject)), 10, clock)
    await clock.advance(9)
    expect(clock.pending).toBe(1)
    await clock.advance(1)
    expect(await outcome).toEqual({ kind: 'late' })
    fail(new Error('too late'))
  })

  it('waits until the signal aborts', async () => {
    const clock = new VirtualClock()
    const abort = new AbortController()
    const outcome = outcomeWithin(() => new Promise(() => {}), 10, clock, abort.signal)
    abort.abort()
    expect(await outcome).toEqual({ kind: 'aborted' })
    expect(clock.pending).toBe(0)
  })

  it('does not begin to wait where it was aborted before', async () => {
    const clock = new VirtualClock()
    const outcome = outcomeWithin(() => new Promise(() => {}), 10, clock, AbortSignal.abort())
    expect(await outcome).toEqual({ kind: 'aborted' })
    expect(clock.pending).toBe(0)
  })
})
