import { VirtualClock } from '@linkspan/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Work, WriteBehind } from '../src/write-behind.js'

class Job implements Work {
  dirty = true
  runs = 0
  settledAs: boolean | undefined
  expiresAt = Infinity
  failing = false
  /** Holds runs until it is called. */
  finish: (() => void) | undefined
  holding = false

  async run(): Promise<void> {
    this.runs += 1
    this.dirty = false
    if (this.holding) await new Promise<void>((resolve) => (this.finish = resolve))
    if (!this.failing) return
    this.dirty = true
    throw new Error('down')
  }

  settled(done: boolean): void {
    this.settledAs = done
  }
}

describe('WriteBehind', () => {
  let clock: VirtualClock
  let failures: unknown[]
  let writes: WriteBehind
  beforeEach(() => {
    clock = new VirtualClock()
    failures = []
    writes = new WriteBehind({ clock, delay: 1_000, most: 3, onFailure: (thrown) => failures.push(thrown) })
  })

  it('runs once for all that comes within the delay', async () => {
    const job = new Job()
    for (let i = 0; i < 10; i += 1) writes.later(job)
    await clock.advance(999)
    expect(job.runs).toBe(0)
    await clock.advance(1)
    expect(job).toMatchObject({ runs: 1, settledAs: true })
    expect(writes.size).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('runs again, after the delay, where something changed meanwhile', async () => {
    const job = new Job()
    job.holding = true
    writes.later(job)
    await clock.advance(1_000)
    job.dirty = true
    writes.later(job)
    await clock.advance(5_000)
    expect(job.runs).toBe(1)
    job.holding = false
    job.finish?.()
    await clock.advance(999)
    expect(job.runs).toBe(1)
    await clock.advance(1)
    expect(job).toMatchObject({ runs: 2, settledAs: true })
  })

  it('lets nobody wait for a run that began too early', async () => {
    const job = new Job()
    job.holding = true
    writes.later(job)
    await clock.advance(1_000)
    job.dirty = true
    let done = 0
    const both = [writes.now(job), writes.now(job)].map((now) => now.then(() => (done += 1)))
    job.holding = false
    job.finish?.()
    await Promise.all(both)
    expect(done).toBe(2)
    expect(job.runs).toBe(2)
  })

  it('does nothing now where there is nothing to do', async () => {
    const job = new Job()
    job.dirty = false
    await writes.now(job)
    expect(job.runs).toBe(0)
    expect(writes.size).toBe(0)
  })

  it('tries again what failed, after pauses that grow up to five seconds', async () => {
    const job = new Job()
    job.failing = true
    await expect(writes.now(job)).rejects.toThrow('down')
    const runsAfter: number[] = []
    for (let i = 0; i < 6; i += 1) {
      await clock.advance(10_000)
      runsAfter.push(job.runs)
    }
    const perTenSeconds = runsAfter.slice(1).map((runs, i) => runs - (runsAfter[i] ?? 0))
    for (const runs of perTenSeconds) {
      expect(runs).toBeGreaterThanOrEqual(2)
      expect(runs).toBeLessThanOrEqual(4)
    }
    expect(failures).toHaveLength(job.runs)
    expect(writes.retries).toBe(job.runs)
    job.failing = false
    await clock.advance(5_000)
    expect(job.settledAs).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it('gives up what has expired', async () => {
    const job = new Job()
    job.failing = true
    job.expiresAt = clock.now() + 3_000
    writes.later(job)
    await clock.advance(20_000)
    expect(job.settledAs).toBe(false)
    expect(writes.size).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('does not wait where too much waits already', async () => {
    const jobs = Array.from({ length: 4 }, () => new Job())
    for (const job of jobs) writes.later(job)
    expect(writes.full).toBe(true)
    await clock.advance(0)
    expect(jobs.map(({ runs }) => runs)).toEqual([0, 0, 0, 1])
  })

  it('runs 64 at once, and the others when one of them is done', async () => {
    const jobs = Array.from({ length: 100 }, () => new Job())
    for (const job of jobs) job.holding = true
    const all = jobs.map((job) => writes.now(job))
    await clock.advance(0)
    expect(jobs.filter(({ runs }) => runs > 0)).toHaveLength(64)
    for (const job of jobs) {
      job.holding = false
      job.finish?.()
      await clock.advance(0)
    }
    await Promise.all(all)
    expect(jobs.every(({ runs }) => runs === 1)).toBe(true)
  })

  it('flushes everything, and what changes meanwhile', async () => {
    const [one, other] = [new Job(), new Job()]
    one.holding = true
    writes.later(one)
    writes.later(other)
    const flushed = writes.flush(5_000)
    await clock.advance(0)
    one.dirty = true
    one.holding = false
    one.finish?.()
    expect(await flushed).toBe(0)
    expect([one.runs, other.runs]).toEqual([2, 1])
    expect(clock.pending).toBe(0)
  })

  it('flushes no longer than it may, and says what is left', async () => {
    const [down, hung] = [new Job(), new Job()]
    down.failing = true
    hung.holding = true
    writes.later(down)
    writes.later(hung)
    const flushed = writes.flush(3_000)
    await clock.advance(2_999)
    down.failing = false
    await clock.advance(1)
    expect(await flushed).toBeGreaterThan(0)
    hung.finish?.()
    await clock.advance(10_000)
    expect(writes.size).toBe(0)
  })
})
