import { ENDS } from './ends.js'
import { type Facts, factsOf, find } from './facts.js'
import type { Recording } from './recording.js'
import { capital, codeText, many, middlewareText, timeText } from './wording.js'

/** In one sentence of plain English: why a connection ended, or how it is. */
export function sentenceOf(recording: Recording): string {
  const [closing] = find(recording, 'closing')
  if (closing === undefined) return recording.end === undefined ? living(recording) : unseen(recording)
  const facts = factsOf(recording, closing)
  return `${capital([ENDS[closing.cause](facts), ...aftermath(facts)].join('; '))}.`
}

/** What came of it, where that is not the usual. */
function aftermath({ recording, closing }: Facts): readonly string[] {
  const ours = closing.by === 'server'
  const overdue = new Set(find(recording, 'overdue').map(({ deadline }) => deadline))
  return [
    ...(overdue.has('close')
      ? [
          ours
            ? 'the client did not answer the close frame in time, and was cut'
            : 'what it had said before was not handled in time',
        ]
      : []),
    ...(overdue.has('release')
      ? ['a handler, a middleware or a release did not end in time, and was abandoned']
      : []),
    ...lost(recording, 'in', 'that it had sent'),
    ...lost(recording, 'out', 'that waited for it'),
    ...(recording.end === undefined ? [closingNow(recording, closing.at, ours && closing.framed)] : []),
  ]
}

function lost(recording: Recording, way: 'in' | 'out', which: string): readonly string[] {
  const dropped = find(recording, 'dropped').filter(
    ({ direction, reason }) => direction === way && reason === 'closing',
  )
  const count = dropped.reduce((sum, entry) => sum + entry.count, 0)
  return count === 0 ? [] : [`${many(count, 'message')} ${which} ${count === 1 ? 'was' : 'were'} dropped`]
}

/** `open`: a socket was there when closing began. */
function closingNow(recording: Recording, since: number, open: boolean): string {
  const gone = !open || find(recording, 'socket').length > 0 || find(recording, 'overdue').length > 0
  const waits = gone ? 'a handler, a middleware or a release to end' : 'its socket to close'
  return `it is closing, for ${timeText(recording.age - since)} now, and waits for ${waits}`
}

function living({ state, age, from, heard, now, totals, entries }: Recording): string {
  if (state === 'closing') return 'It is closing, and why was not recorded.'
  if (state !== 'active') {
    return `It is ${state}, ${timeText(age)} after it arrived: its handshake has come to ${middlewareText(now?.middleware)}.`
  }
  const { received, sent } = totals
  const counted = `${many(received.count, 'message')} came and ${many(sent.count, 'message')} went`
  const recorded = from > 0 ? `${counted} in the last ${timeText(age - from)}, since it is recorded` : counted
  const traffic = from >= age && entries.length === 0 ? 'it is not recorded' : recorded
  const waiting =
    `its outbox holds ${many(now?.buffered ?? 0, 'byte')}, and ` +
    `${many(now?.backlog ?? 0, 'message')} wait${now?.backlog === 1 ? 's' : ''} for its handler`
  return `It is active, ${timeText(age)} after it arrived: ${traffic}; ${waiting}; it was last heard of ${timeText(age - heard)} ago.`
}

/** Its recording began when it was closing already. */
function unseen({ end }: Recording): string {
  return `It was closed with ${codeText(end?.code ?? 0)} by the ${end?.by ?? 'server'}, and recorded only after that.`
}
