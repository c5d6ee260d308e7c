import { describe, expect, it } from 'vitest'
import { Deferred, forgive, rejected } from '../src/deferred.js'
import { turn } from './fake-clock.js'
import { unhandledDuring } from './unhandled.js'

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
  it('ends no process once it is forgiven, and still rejects for whoever awaits it', async () => {
    const promise = Promise.reject(new Error('no'))
    expect(await unhandledDuring(() => forgive(promise))).toEqual([])
    await expect(promise).rejects.toThrow('no')
  })

  it('may be born rejected and forgiven', async () => {
    let promise: Promise<never> | undefined
    const unhandled = await unhandledDuring(() => {
      promise = rejected(new Error('no'))
    })
    expect(unhandled).toEqual([])
    await expect(promise).rejects.toThrow('no')
  })
})
