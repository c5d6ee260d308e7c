import type { LinkspanError } from '@linkspan/core'
import { memoryStore } from '@linkspan/session'
import { VirtualClock } from '@linkspan/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { StoreCalls } from '../src/calls.js'
import { seal } from '../src/envelope.js'
import { Lifetime } from '../src/lifetime.js'
import { Live, type LiveOwner } from '../src/live.js'
import { snapshot } from '../src/values.js'
import { FaultyStore } from './faulty-store.js'

const LIFE = { ttl: 60_000, rolling: true }

describe('Live', () => {
  let clock: VirtualClock
  let store: FaultyStore
  let lost: LinkspanError[]
  let owner: LiveOwner
  let live: Live
  beforeEach(async () => {
    clock = new VirtualClock()
    store = new FaultyStore(memoryStore({ clock }))
    lost = []
    let marks = 0
    const nothing = (): void => {}
    owner = {
      calls: new StoreCalls(store, clock, 1_000),
      maxSize: 100,
      initial: () => ({}),
      nextMark: () => `mark ${marks++}`,
      dirty: nothing,
      clean: nothing,
      ended: nothing,
      renamed: nothing,
      conflicted: nothing,
      lost: (error) => lost.push(error),
      destroy: async (id) => void (await store.destroy(id)),
    }
    await store.save('a', seal('{"n":1}', []), { version: 0, ttl: 60_000 })
    live = new Live(owner, 'a', new Lifetime({ clock, ...LIFE }), snapshot({ n: 1 }, 100), 1, [])
  })

  /** What another node does. */
  async function elsewhere(text: string, version: number): Promise<void> {
    expect(await store.save('a', seal(text, ['theirs']), { version, ttl: 60_000 })).toBe('saved')
  }

  async function stored(id = live.id): Promise<unknown> {
    const found = await store.load(id)
    return found && JSON.parse(found.data).v
  }

  it('moves with what another node has written, and with what is not written yet', async () => {
    await elsewhere('{"n":5,"name":"ada"}', 1)
    live.change({ kind: 'set', key: 'mine', value: true })
    const id = await live.regenerate()
    expect(await stored(id)).toEqual({ n: 5, name: 'ada', mine: true })
    expect(await store.load('a')).toBeUndefined()
    expect(live.dirty).toBe(false)
  })

  it('does not take over what it moves away from', async () => {
    store.hold('save')
    const moved = live.regenerate()
    await clock.advance(0)
    live.refresh({ data: seal('{"n":9}', []), version: 2, ttl: 60_000 })
    store.answer()
    await moved
    expect(live.values).toEqual(await stored())
  })

  it('stays where it is when it cannot move, and leaves no second session', async () => {
    store.unanswered = 1
    await expect(live.regenerate()).rejects.toThrow('the session store failed')
    expect(live.id).toBe('a')
    const made = store.asked.filter(({ call, id }) => call === 'save' && id !== 'a').map(({ id }) => id)
    expect(made).toHaveLength(1)
    expect(await Promise.all(made.map((id) => store.load(id)))).toEqual([undefined])
  })

  it('is not moved where it was destroyed meanwhile', async () => {
    store.hold('save')
    const moved = live.regenerate()
    await clock.advance(0)
    live.end('destroyed')
    store.answer()
    await expect(moved).rejects.toThrow('has ended')
    const made = store.asked.filter(({ call, id }) => call === 'save' && id !== 'a').map(({ id }) => id)
    expect(await Promise.all(made.map((id) => store.load(id)))).toEqual([undefined])
  })

  it('tells of a change that cannot be made upon what another node wrote, and makes the others', async () => {
    live.change({ kind: 'set', key: 'mine', value: 'x'.repeat(60) })
    live.change({ kind: 'update', update: (values) => ({ ...values, n: 2 }) })
    await elsewhere(`{"theirs":"${'y'.repeat(60)}"}`, 1)
    await live.run()
    expect(await stored()).toEqual({ theirs: 'y'.repeat(60), n: 2 })
    expect(lost.map(({ message }) => message)).toEqual([
      'a change of a session could not be made upon what another node wrote.',
    ])
  })

  it('gives up for now after ten others were faster, and keeps its change', async () => {
    const beaten = {
      ...owner,
      calls: new StoreCalls(
        {
          load: async () => ({ data: seal('{}', []), version: 7, ttl: 1_000 }),
          save: async () => 'conflict',
          touch: async () => true,
          destroy: async () => true,
        },
        clock,
        1_000,
      ),
    } satisfies LiveOwner
    const other = new Live(beaten, 'b', new Lifetime({ clock, ...LIFE }), snapshot({}, 100), 1, [])
    other.change({ kind: 'set', key: 'mine', value: 1 })
    await expect(other.run()).rejects.toThrow('10 times in a row')
    expect(other.dirty).toBe(true)
  })

  it('says what was lost with a session that ended elsewhere, and nothing of one that was destroyed', async () => {
    await store.destroy('a')
    live.change({ kind: 'set', key: 'mine', value: 1 })
    await live.run()
    expect(live.ended).toBe('gone')
    expect(store.count('load')).toBe(0)
    expect(lost.map(({ message }) => message)).toEqual([
      'a session ended before 1 changes of it were written: they are lost.',
    ])
    expect(() => live.change({ kind: 'set', key: 'mine', value: 2 })).toThrow('has ended')
    live.touch()
    expect(live.dirty).toBe(false)
  })

  it('asks to be touched again where that failed', async () => {
    live.touch()
    store.fail('touch')
    await expect(live.run()).rejects.toThrow('the session store failed')
    expect(live.dirty).toBe(true)
    store.fail()
    await live.run()
    expect(live.dirty).toBe(false)
  })
})
