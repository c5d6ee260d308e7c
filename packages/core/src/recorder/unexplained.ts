import type { TimelineEntry } from './timeline.js'

/**
 * What is said of an id of which nothing is known: that there has been no such connection, or that it is over and nothing
 * of it is kept.
 *
 * @example
 * const answer = app.explain(id)
 * if (answer.recording === undefined) return answer.sentence
 */
export class Unexplained {
  readonly id: string
  /** In plain English: what is known of the id. */
  readonly sentence: string
  readonly timeline: readonly TimelineEntry[] = []
  readonly recording: undefined = undefined

  constructor(id: string, sentence: string) {
    this.id = id
    this.sentence = sentence
  }

  /** For a terminal. */
  toString(): string {
    return `${this.id}: ${this.sentence}\n`
  }
}
