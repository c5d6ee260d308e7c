import type { Clock } from '@linkspan/core'

/** How some work went, and whether it was waited for to its end. */
export type Outcome<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'late' }
  | { readonly kind: 'aborted' }

/**
 * Waits for work, `time` milliseconds at most, and not beyond the abort of `signal`. Never rejects; what the work answers
 * later is discarded, and what it throws later too.
 */
export function outcomeWithin<Value>(
  work: () => Promise<Value>,
  time: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Outcome<Value>> {
  if (signal?.aborted) return Promise.resolve({ kind: 'aborted' })
  return new Promise((resolve) => {
    const settle = (outcome: Outcome<Value>): void => {
      clock.clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      resolve(outcome)
    }
    const abort = (): void => settle({ kind: 'aborted' })
    const timer = clock.setTimeout(() => settle({ kind: 'late' }), time)
    signal?.addEventListener('abort', abort)
    start(work).then(
      (value) => settle({ kind: 'done', value }),
      (error: unknown) => settle({ kind: 'failed', error }),
    )
  })
}

/** A synchronous throw is a failure as any other. */
async function start<Value>(work: () => Promise<Value>): Promise<Value> {
  return work()
}
