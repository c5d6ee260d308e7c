import { describe, expect, it } from 'vitest'
import { memoryBus } from '../src/index.js'

interface Note {
  readonly at: number
}

describe('memoryBus', () => {
  it('carries what one link publishes to all, its own too, in order', async () => {
    const one = memoryBus<Note>()
    const other = one.link()
    const heard: [string, number][] = []
    one.subscribe(({ at }) => heard.push(['one', at]))
    const end = other.subscribe(({ at }) => heard.push(['other', at]))
    const published = [one.publish({ at: 1 }), other.publish({ at: 2 })]
    expect(heard).toEqual([])
    await Promise.all(published)
    end()
    await one.publish({ at: 3 })
    expect(heard).toEqual([
      ['one', 1],
      ['other', 1],
      ['one', 2],
      ['other', 2],
      ['one', 3],
    ])
  })

  it('carries nothing to or from a link that is cut, and says so once', async () => {
    const one = memoryBus<Note>()
    const other = one.link()
    const heard: number[] = []
    const statuses: string[] = []
    other.subscribe(({ at }) => heard.push(at))
    const end = other.onStatus((status) => statuses.push(status))
    other.cut()
    other.cut()
    await one.publish({ at: 1 })
    await expect(other.publish({ at: 2 })).rejects.toThrow('cut')
    await expect(other.since?.(0)).rejects.toThrow('cut')
    expect([other.status(), one.status()]).toEqual(['down', 'up'])
    other.mend()
    end()
    other.cut()
    expect(statuses).toEqual(['down', 'up'])
    expect(heard).toEqual([])
    expect(other.listeners).toBe(1)
  })

  it('keeps the latest for those who missed them, or nothing', async () => {
    const bus = memoryBus<Note>({ history: 2 })
    for (const at of [1, 2, 3]) await bus.publish({ at })
    expect(await bus.since?.(0)).toEqual([{ at: 2 }, { at: 3 }])
    expect(await bus.link().since?.(3)).toEqual([{ at: 3 }])
    expect(memoryBus({ history: 0 }).since).toBeUndefined()
    expect(() => memoryBus({ history: -1 })).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
  })
})
