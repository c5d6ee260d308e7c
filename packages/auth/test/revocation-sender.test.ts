import { VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { Sender } from '../src/revocation-sender.js'
import { memoryBus } from './memory-bus.js'

interface Note {
  readonly at: number
}

function setUp(capacity = 10) {
  const clock = new VirtualClock()
  const bus = memoryBus<Note>()
  const failures: [number, boolean][] = []
  const sender = new Sender<Note>({
    bus,
    clock,
    timeout: 500,
    capacity,
    failed: ({ at }, _, lost) => failures.push([at, lost]),
  })
  const taken = async (): Promise<number[]> => ((await bus.since?.(0)) ?? []).map(({ at }) => at)
  return { clock, bus, failures, sender, taken }
}

describe('a sender', () => {
  it('says whether the bus has taken an item; gives it nothing while it is down, and all when it is back', async () => {
    const { bus, clock, failures, sender, taken } = setUp()
    let asked = 0
    const { publish } = bus
    bus.publish = (item) => {
      asked += 1
      return publish.call(bus, item)
    }
    expect(await sender.send({ at: 1 })).toBe(true)
    bus.cut()
    expect(await sender.send({ at: 2 })).toBe(false)
    expect([asked, sender.waiting, clock.pending]).toEqual([1, 1, 0])
    bus.mend()
    await clock.advance(0)
    expect([sender.waiting, clock.pending]).toEqual([0, 0])
    expect(await taken()).toEqual([1, 2])
    expect(failures).toEqual([])
  })

  it('tries again in a second where the bus says that it is up', async () => {
    const { bus, clock, sender, taken } = setUp()
    const { publish } = bus
    let failing = 2
    bus.publish = (item) => (failing-- > 0 ? Promise.reject(new Error('busy')) : publish.call(bus, item))
    expect(await sender.send({ at: 1 })).toBe(false)
    await clock.advance(1_999)
    expect(sender.waiting).toBe(1)
    await clock.advance(1)
    expect([sender.waiting, clock.pending]).toEqual([0, 0])
    expect(await taken()).toEqual([1])
  })

  it('does not wait for a bus that never answers', async () => {
    const { bus, clock, sender } = setUp()
    bus.publish = () => new Promise(() => {})
    const sent = sender.send({ at: 1 })
    await clock.advance(500)
    expect(await sent).toBe(false)
    const again = sender.send({ at: 2 })
    sender.close()
    expect(await again).toBe(false)
    expect([sender.waiting, clock.pending]).toEqual([0, 0])
  })

  it('keeps no more than it may: the one that waits longest is lost, and said to be', async () => {
    const { bus, failures, sender } = setUp(1)
    bus.cut()
    await sender.send({ at: 1 })
    await sender.send({ at: 2 })
    expect(sender.waiting).toBe(1)
    expect(failures).toEqual([[1, true]])
  })

  it('does not keep what is forgotten, not even while a publish of it fails', async () => {
    const { bus, failures, sender } = setUp()
    bus.publish = () => Promise.reject(new Error('busy'))
    const note = { at: 1 }
    const sent = sender.send(note)
    sender.forget(note)
    expect(await sent).toBe(false)
    expect([sender.waiting, failures]).toEqual([0, []])
  })

  it('closed, it keeps nothing and listens no more', async () => {
    const { bus, clock, sender } = setUp()
    bus.cut()
    await sender.send({ at: 1 })
    sender.close()
    expect(await sender.send({ at: 2 })).toBe(false)
    expect([sender.waiting, bus.listeners, clock.pending]).toEqual([0, 0, 0])
  })
})
