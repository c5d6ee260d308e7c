import { Log } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { Observers } from '../src/circuit-breaker-observers.js'

describe('observers', () => {
  it('are told in order until they leave; one that throws silences no other', () => {
    const log: unknown[] = []
    const nothing = () => {}
    const error = (fields: object) => log.push(fields)
    const observers = new Observers<number>(new Log({ debug: nothing, info: nothing, warn: nothing, error }))
    const one = (value: number) => {
      log.push(`one ${value}`)
      throw new RangeError('mine')
    }
    observers.add(one)
    observers.add((value) => log.push(`two ${value}`))
    observers.tell(1)
    observers.delete(one)
    observers.tell(2)
    expect(log).toEqual([
      'one 1',
      { event: 'observer.threw', observer: 'change', err: new RangeError('mine') },
      'two 1',
      'two 2',
    ])
  })
})
