import type { LinkspanOptions } from '@linkspan/core'

/** Short enough to go through many of them, long enough for the wheel's ticks to meet it exactly. */
export const EVERY_SECOND: LinkspanOptions = { heartbeat: { interval: 1_000, misses: 2 } }
