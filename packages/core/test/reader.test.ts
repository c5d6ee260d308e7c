import { describe, expect, it } from 'vitest'
import { Message } from '../src/message.js'
import { resolveOptions } from '../src/options.js'
import { Reader } from '../src/reader.js'
import { Runtime } from '../src/runtime.js'
import { FakeClock, turn } from './fake-clock.js'
import { unhandledDuring } from './unhandled.js'

function reader(timeout = 100): { clock: FakeClock; runtime: Runtime; reader: Reader; timedOut(): number } {
  const clock = new FakeClock()
  const runtime = new Runtime(resolveOptions({ clock, heartbeat: false }))
  let times = 0
  const made = new Reader(runtime, timeout, () => {
    times += 1
  })
  return { clock, runtime, reader: made, timedOut: () => times }
}

describe('a reader', () => {
  it('is given one message, which is its own from then on', async () => {
    const { clock, runtime, reader: one } = reader()
    expect(runtime.counters.timers).toBe(1)
    const buffer = new TextEncoder().encode('hello')
    one.give(new Message(buffer, false, true))
    buffer.fill(0)
    expect((await one.promise).text()).toBe('hello')
    expect(runtime.counters.timers).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('runs out of time once, and says so first', async () => {
    const { clock, runtime, reader: one, timedOut } = reader(100)
    const failed = expect(one.promise).rejects.toMatchObject({
      name: 'Rejection',
      status: 408,
      code: 4010,
      reason: 'no message came in time',
    })
    await clock.advance(99)
    expect(timedOut()).toBe(0)
    await clock.advance(1)
    expect(timedOut()).toBe(1)
    await failed
    expect(runtime.counters.timers).toBe(0)
  })

  it('fails as it is told to', async () => {
    const { clock, reader: one, timedOut } = reader()
    one.fail(new Error('over'))
    await expect(one.promise).rejects.toThrow('over')
    await clock.advance(1_000)
    expect(timedOut()).toBe(0)
  })

  it('that nobody waits for ends no process', async () => {
    const { reader: one } = reader()
    const unhandled = await unhandledDuring(async () => {
      one.fail(new Error('over'))
      await turn()
    })
    expect(unhandled).toEqual([])
  })
})
