import type { Closing, Entry } from './entry.js'
import type { Recording } from './recording.js'
import { codeText, timeText } from './wording.js'

/** What a sentence about an end is made of. */
export interface Facts {
  readonly recording: Recording
  readonly closing: Closing
  /** `after 3 ms`. */
  readonly after: string
  /** `refused after 3 ms with 401`, `closed after 2.4 s with 1011 (internal)`, `cut after …`. */
  readonly ended: string
  /** `: no token`, where we gave a reason. */
  readonly said: string
  /** ` (LINKSPAN_HANDLER)`, where an error was reported just before. */
  readonly error: string
  /** Whether it was active. */
  readonly active: boolean
  /** ` during its handshake`, unless it was. */
  readonly early: string
}

export function factsOf(recording: Recording, closing: Closing): Facts {
  const { at, code, framed, reason = '' } = closing
  const [refusal] = find(recording, 'refused')
  const after = `after ${timeText(at)}`
  const active = recording.from > 0 || find(recording, 'active').length > 0
  const error = find(recording, 'error').findLast(({ until }) => isJustBefore(until, at))
  return {
    recording,
    closing,
    after,
    ended:
      refusal !== undefined && !framed
        ? `refused ${after} with ${refusal.status}`
        : `${framed ? 'closed' : 'cut'} ${after} with ${codeText(code)}`,
    said: reason === '' ? '' : `: ${reason}`,
    error: error === undefined ? '' : ` (${error.code})`,
    active,
    early: active ? '' : ' during its handshake',
  }
}

/** What is reported in one turn may be a millisecond apart. */
export function isJustBefore(time: number, at: number): boolean {
  return time <= at && at - time <= 1
}

/** The entries of one kind. */
export function find<What extends Entry['what']>(
  recording: Recording,
  what: What,
): readonly Extract<Entry, { what: What }>[] {
  return recording.entries.filter((entry): entry is Extract<Entry, { what: What }> => entry.what === what)
}
