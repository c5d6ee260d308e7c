/**
 * Where the SDK gets time from. Replace it to test with a virtual clock, or to run where the platform has other timers.
 *
 * Both readings are in milliseconds. `now` follows the wall clock and is only compared with instants that came from
 * outside, such as a token's expiry; `monotonic` never goes back and measures every duration.
 *
 * @example
 * const frozen: Clock = { now: () => 0, monotonic: () => 0, setTimeout: () => undefined, clearTimeout: () => {} }
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds since an arbitrary origin; never decreases. */
  monotonic(): number
  /** Calls `callback` once, at the earliest after `delay` (0 to 2^31 - 1 ms). Answers a handle for `clearTimeout`. */
  setTimeout(callback: () => void, delay: number): unknown
  /** Forgets a timer. A handle that has fired, or was cleared, is ignored. */
  clearTimeout(handle: unknown): void
}

/**
 * The platform's own clock and timers: the default.
 *
 * @example
 * linkspan({ clock: systemClock })
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, delay) => setTimeout(callback, delay),
  clearTimeout: (handle) => clearTimeout(handle as number),
}
