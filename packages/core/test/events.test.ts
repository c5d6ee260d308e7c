import { describe, expect, it, vi } from 'vitest'
import type { Connection } from '../src/connection.js'
import { LinkspanError } from '../src/errors.js'
import { Observers } from '../src/events.js'
import { turn } from './fake-clock.js'

const conn = { id: 'c1' } as Connection<unknown>

function observers(): { observers: Observers; thrown: [string, unknown][] } {
  const thrown: [string, unknown][] = []
  return { observers: new Observers((event, error) => thrown.push([event, error])), thrown }
}

describe('observers', () => {
  it('hear what they listen to, with everything it carries', () => {
    const { observers: all } = observers()
    const listener = vi.fn()
    all.on('drop', listener)
    const what = { direction: 'in', reason: 'closing', bytes: 3 } as const
    all.emit('drop', conn, what)
    all.emit('open', conn)
    expect(listener.mock.calls).toEqual([[conn, what]])
  })

  it('are called in the order in which they came, each time they were added', () => {
    const { observers: all } = observers()
    const order: string[] = []
    all.on('open', () => order.push('first'))
    all.on('open', () => order.push('second'))
    all.emit('open', conn)
    expect(order).toEqual(['first', 'second'])
  })

  it('hear nothing any more once they are gone', () => {
    const { observers: all } = observers()
    const listener = vi.fn()
    all.on('open', listener)
    expect(all.has('open')).toBe(true)
    all.off('open', listener)
    expect(all.has('open')).toBe(false)
    all.emit('open', conn)
    expect(listener).not.toHaveBeenCalled()
  })

  it('may go while they are called, and every other is still called', () => {
    const { observers: all } = observers()
    const second = vi.fn()
    const first = (): void => all.off('open', first)
    all.on('open', first)
    all.on('open', second)
    all.emit('open', conn)
    expect(second).toHaveBeenCalledOnce()
  })

  it('that throw silence no other, and are told of', () => {
    const { observers: all, thrown } = observers()
    const error = new Error('no')
    const after = vi.fn()
    all.on('open', () => {
      throw error
    })
    all.on('open', after)
    all.emit('open', conn)
    expect(after).toHaveBeenCalledOnce()
    expect(thrown).toEqual([['open', error]])
  })

  it('that reject are told of, and end no process', async () => {
    const { observers: all, thrown } = observers()
    const error = new Error('no')
    const listener: () => unknown = () => Promise.reject(error)
    all.on('open', listener as () => void)
    all.emit('open', conn)
    await turn()
    expect(thrown).toEqual([['open', error]])
  })

  it('of an error are told of under its name, so that it is not emitted again', () => {
    const { observers: all, thrown } = observers()
    all.on('error', () => {
      throw 'as a string'
    })
    all.emit('error', new LinkspanError('LINKSPAN_HANDLER', ''), undefined)
    expect(thrown).toEqual([['error', 'as a string']])
  })
})
