import { describe, expect, it } from 'vitest'
import { Releases } from '../src/release.js'
import { turn } from './fake-clock.js'
import { lazy } from './thenable.js'

function releases(): { releases: Releases; order: string[]; thrown: unknown[] } {
  const thrown: unknown[] = []
  return { releases: new Releases((error) => thrown.push(error)), order: [], thrown }
}

describe('releases', () => {
  it('run last first, and without a promise where none needs one', () => {
    const { releases: all, order } = releases()
    all.add(() => void order.push('first'))
    all.add(() => void order.push('second'))
    expect(all.run()).toBeUndefined()
    expect(order).toEqual(['second', 'first'])
  })

  it('are each awaited before the next one starts', async () => {
    const { releases: all, order } = releases()
    all.add(() => void order.push('first'))
    all.add(async () => {
      order.push('second starts')
      await turn()
      order.push('second ends')
    })
    all.add(async () => {
      await turn()
      order.push('third')
    })
    await all.run()
    expect(order).toEqual(['third', 'second starts', 'second ends', 'first'])
  })

  it('run all even when one throws, and tell what it threw', async () => {
    const { releases: all, order, thrown } = releases()
    all.add(() => void order.push('first'))
    all.add(() => {
      throw 'at once'
    })
    all.add(() => Promise.reject(new Error('later')))
    await all.run()
    expect(order).toEqual(['first'])
    expect(thrown).toEqual([new Error('later'), 'at once'])
  })

  it('run exactly once, however often they are run', async () => {
    const { releases: all, order } = releases()
    all.add(() => void order.push('first'))
    all.add(async () => {
      order.push('second')
      await turn()
    })
    const running = all.run()
    all.abandon()
    await running
    await all.run()
    expect(order).toEqual(['second', 'first'])
  })

  it('that come while others run are run too, first', async () => {
    const { releases: all, order } = releases()
    all.add(() => void order.push('first'))
    all.add(async () => {
      await turn()
      all.add(() => void order.push('added'))
    })
    await all.run()
    expect(order).toEqual(['added', 'first'])
  })

  it('that are abandoned are started, and not waited for', async () => {
    const { releases: all, order, thrown } = releases()
    all.add(() => Promise.reject(new Error('late')))
    all.add(() => new Promise(() => {}))
    all.add(() => {
      order.push('last')
      throw new Error('no')
    })
    all.abandon()
    expect(order).toEqual(['last'])
    await turn()
    expect(thrown).toEqual([new Error('no'), new Error('late')])
  })

  it('take anything that can be awaited', async () => {
    const { releases: all, order } = releases()
    all.add(() => void order.push('first'))
    all.add(() => lazy((resolve) => setImmediate(resolve)))
    await all.run()
    expect(order).toEqual(['first'])
  })
})
