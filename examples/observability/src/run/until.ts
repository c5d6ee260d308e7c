import { setTimeout as after } from 'node:timers/promises'

/** How often it is looked, in milliseconds. */
const INTERVAL = 200

/**
 * Waits until something is there, and answers it. `undefined` and an error are not there yet.
 *
 * @throws Error at the deadline, with what was waited for, and the last error as its cause.
 */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined> | Found | undefined,
  { within = 20_000, signal }: { readonly within?: number; readonly signal?: AbortSignal } = {},
): Promise<Found> {
  const deadline = performance.now() + within
  let cause: unknown
  for (;;) {
    signal?.throwIfAborted()
    try {
      const found = await look()
      if (found !== undefined) return found
    } catch (thrown) {
      cause = thrown
    }
    if (performance.now() > deadline) {
      const why = cause instanceof Error ? `: ${cause.message}` : ''
      throw new Error(`${what}: not there after ${Math.round(within / 1_000)} s${why}`, { cause })
    }
    await after(INTERVAL, undefined, signal === undefined ? {} : { signal })
  }
}
