import type { AroundMessage, Clock, Handled } from '@linkspan/core'
import type { Attributes, Histogram } from '@opentelemetry/api'
import { seconds } from './instruments.js'

/** Samples that follow each other within this, in milliseconds, are more than anybody needs: the next is further away. */
const CLOSE = 1
/** How many times as far away, at most. */
const FURTHEST = 64

/**
 * Answers what goes around a message for one in so many, the first one included, and for fewer where that were more than
 * some thousand a second: the SDK takes a microsecond for each. The distances differ, so that nothing that comes at equal
 * ones is always met, or never. For every message where `every` is 1.
 */
export function sampled(every: number, around: AroundMessage, clock: Clock): () => AroundMessage | undefined {
  if (every === 1) return () => around
  let left = 1
  let apart = every
  let last = -Infinity
  return () => {
    left -= 1
    if (left > 0) return undefined
    const now = clock.monotonic()
    apart = now - last < CLOSE ? Math.min(apart * 2, every * FURTHEST) : Math.max(apart / 2, every)
    last = now
    left = 1 + Math.floor(Math.random() * (2 * apart - 1))
    return around
  }
}

/** Records how long handling a message takes, up to the end of what it promises. */
export function timed(duration: Histogram, attributes: Attributes, clock: Clock): AroundMessage {
  return (handle) => {
    const began = clock.monotonic()
    const over = (): void => duration.record(seconds(clock.monotonic() - began), attributes)
    let answer: Handled
    try {
      answer = handle()
    } catch (thrown) {
      over()
      throw thrown
    }
    if (answer instanceof Promise) void answer.then(over, over)
    else over()
    return answer
  }
}
