import type { Recording } from './recording.js'
import { sentenceOf } from './sentence.js'
import { type TimelineEntry, timelineOf } from './timeline.js'

/**
 * Why a connection ended, or how it is: a sentence, what happened line by line, and the recording that both are made of.
 *
 * @example
 * const { sentence, timeline } = new Explanation(recording)
 */
export class Explanation {
  readonly id: string
  /** One, in plain English. */
  readonly sentence: string
  readonly timeline: readonly TimelineEntry[]
  readonly recording: Recording

  constructor(recording: Recording) {
    this.id = recording.id
    this.sentence = sentenceOf(recording)
    this.timeline = timelineOf(recording)
    this.recording = recording
  }

  /** For a terminal: the sentence, and the lines below each other. */
  toString(): string {
    const times = this.timeline.map(({ at }) => `${at.toLocaleString('en')} ms`)
    const wide = Math.max(...times.map(({ length }) => length))
    const whats = Math.max(...this.timeline.map(({ what }) => what.length))
    const lines = this.timeline.map(({ what, details }, index) =>
      `  ${(times[index] ?? '').padStart(wide)}  ${what.padEnd(whats)}  ${details}`.trimEnd(),
    )
    return [`${this.id}: ${this.sentence}`, '', ...lines, ''].join('\n')
  }
}
