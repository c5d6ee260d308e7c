import type { TimelineEntry } from './timeline.js'

/**
 * What is said of an id of which nothing is known: that there has been no such connection, or that it is over and nothing
 * of it is kept.
 *
 * @example
 * const answer = app.explain(id)
 * if (answer.recording === undefined) return answer.sentence
 */
export interface Unexplained {
  readonly id: string
  /** In plain English: what is known of the id. */
  readonly sentence: string
  readonly timeline: readonly TimelineEntry[]
  readonly recording: undefined
  /** For a terminal. */
  toString(): string
}

export function unexplained(id: string, sentence: string): Unexplained {
  return { id, sentence, timeline: [], recording: undefined, toString: () => `${id}: ${sentence}\n` }
}
