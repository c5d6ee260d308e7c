import type { Clock } from '@linkspan/core'

/** Answers what a promise does, or rejects when `time` milliseconds are over. What comes later is let go of. */
export function within<Value>(clock: Clock, time: number, promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(new Error(`no answer within ${time} ms`)), time)
    promise.then(resolve, reject).finally(() => clock.clearTimeout(timer))
  })
}
