import type { Clock } from './ports/clock.js'

/**
 * Waits for a promise, `time` milliseconds at most (0 to 2,147,483,647), and not beyond the abort of `signal`: answers what
 * the promise does, or rejects with what `late` makes, or with the signal's reason. What the promise does later reaches
 * nobody, also where it rejects. Nothing stays behind, neither a timer nor a listener.
 *
 * @example
 * const user = await within(systemClock, 1_000, users.find(id), () => new Rejection({ status: 503 }), conn.signal)
 */
export function within<Value>(
  clock: Clock,
  time: number,
  promise: Promise<Value>,
  late: () => Error,
  signal?: AbortSignal,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clock.clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    const abort = (): void => {
      end()
      reject(signal?.reason)
    }
    const timer = clock.setTimeout(() => {
      end()
      reject(late())
    }, time)
    promise.then(
      (value) => {
        end()
        resolve(value)
      },
      (reason: unknown) => {
        end()
        reject(reason)
      },
    )
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort)
  })
}
