import type { Clock } from '@linkspan/core'
import { storeError } from './errors.js'

/** The promise's outcome, or a rejection after `time` milliseconds; what comes later reaches nobody. */
export function within<Value>(clock: Clock, time: number, promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(
      () => reject(storeError(`the session store did not answer within ${time} ms.`)),
      time,
    )
    promise.then(resolve, reject).finally(() => clock.clearTimeout(timer))
  })
}
