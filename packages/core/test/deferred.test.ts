import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Deferred, forgive, rejected } from '../src/deferred.js'
import { turn } from './fake-clock.js'

describe('a deferred', () => {
  it('is pending until it is resolved', async () => {
    const deferred = new Deferred<string>()
    let value: string | undefined
    void deferred.promise.then((resolved) => {
      value = resolved
    })
    await turn()
    expect(value).toBeUndefined()
    deferred.resolve('now')
    await turn()
    expect(value).toBe('now')
  })

  it('keeps its first value', async () => {
    const deferred = new Deferred<string>()
    deferred.resolve('first')
    deferred.resolve('second')
    expect(await deferred.promise).toBe('first')
  })

  it('made with a value is resolved from the start', async () => {
    expect(await new Deferred('at once').promise).toBe('at once')
  })
})

describe('a promise that nobody awaits', () => {
  const unhandled: unknown[] = []
  const listen = (reason: unknown): void => {
    unhandled.push(reason)
  }
  beforeEach(() => {
    unhandled.length = 0
    process.on('unhandledRejection', listen)
  })
  afterEach(() => {
    process.off('unhandledRejection', listen)
  })

  it('ends no process once it is forgiven, and still rejects for whoever awaits it', async () => {
    const promise = Promise.reject(new Error('no'))
    forgive(promise)
    await turn()
    expect(unhandled).toEqual([])
    await expect(promise).rejects.toThrow('no')
  })

  it('may be born rejected and forgiven', async () => {
    const promise = rejected(new Error('no'))
    await turn()
    expect(unhandled).toEqual([])
    await expect(promise).rejects.toThrow('no')
  })
})
