import { type Clock, within } from '@linkspan/core'

/** Told apart from what the work throws by being this one. */
const LATE = new Error('late')

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
export async function outcomeWithin<Value>(
  work: () => Promise<Value>,
  time: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Outcome<Value>> {
  if (signal?.aborted) return { kind: 'aborted' }
  try {
    return { kind: 'done', value: await within(clock, time, start(work), () => LATE, signal) }
  } catch (error) {
    if (error === LATE) return { kind: 'late' }
    return signal?.aborted && error === signal.reason ? { kind: 'aborted' } : { kind: 'failed', error }
  }
}

/** A synchronous throw is a failure as any other. */
async function start<Value>(work: () => Promise<Value>): Promise<Value> {
  return work()
}
