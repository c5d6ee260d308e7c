import type { Closing, Entry, Recording } from '@linkspan/core'

/** What a client, its network or an operator did to the server, by when: milliseconds since the client arrived. */
export type Act = { readonly at: number } & (
  | { readonly act: 'send'; readonly kind: 'text' | 'binary'; readonly size: number }
  /** Stops, or goes on, answering pings. */
  | { readonly act: 'mute' | 'unmute' }
  /** Does not read any more once so many messages were sent to it; `by` then there was back-pressure. Or reads again. */
  | { readonly act: 'stall'; readonly after: number; readonly by: number }
  | { readonly act: 'resume' }
  /** A close frame; without a code where that is 1005. */
  | { readonly act: 'close'; readonly code: number }
  /** Does not answer the server's close frame. */
  | { readonly act: 'deafen' }
  /** Its socket is gone, or it leaves before it was answered. */
  | { readonly act: 'cut' }
  | { readonly act: 'violate'; readonly code: number }
  | { readonly act: 'drain' | 'disconnect'; readonly code: number; readonly reason: string }
)

type EntryOf<What extends Entry['what']> = Extract<Entry, { what: What }>

/**
 * What has to be done to a server again for a life to come to the same end. What the application did is not among it: that
 * is what a replay finds out.
 */
export function actsOf(recording: Recording): readonly Act[] {
  const acts = [
    // How it is comes before what it does.
    ...deafness(recording),
    ...stalls(recording),
    ...silences(recording),
    ...said(recording),
    ...find(recording, 'drained').map(({ at }): Act => ({ at, act: 'resume' })),
    ...find(recording, 'closing').flatMap((closing) => endOf(recording, closing)),
  ]
  // What was at one time stays in the order in which it stands here: a client says what it has to say, and leaves.
  return acts.sort((one, other) => one.at - other.at)
}

function find<What extends Entry['what']>({ entries }: Recording, what: What): readonly EntryOf<What>[] {
  return entries.filter((entry): entry is EntryOf<What> => entry.what === what)
}

type Run = Pick<EntryOf<'received'>, 'at' | 'until' | 'count' | 'bytes' | 'kind' | 'last'>

/** The messages of a run: evenly over its time, the last one as large as it was, the others alike. */
function messages({ at, until, count, bytes, kind, last }: Run): readonly Act[] {
  const others = Math.max(1, count - 1)
  const [size, rest] = [Math.floor((bytes - last) / others), (bytes - last) % others]
  return Array.from({ length: count }, (_, index): Act => {
    const isLast = index === count - 1
    return {
      at: isLast ? until : at + Math.floor(((until - at) * index) / others),
      act: 'send',
      kind: kind === 'both' ? (index % 2 === 0 ? 'text' : 'binary') : kind,
      size: isLast ? last : size + (index < rest ? 1 : 0),
    }
  })
}

/** All messages, those whose entries were overwritten where they were. */
function said(recording: Recording): readonly Act[] {
  const { entries, head } = recording
  const runs: Run[] = [...entries.slice(0, head).filter(isReceived), ...missing(recording)]
  return [...runs, ...entries.slice(head).filter(isReceived)].flatMap(messages)
}

function isReceived(entry: Entry): entry is EntryOf<'received'> {
  return entry.what === 'received'
}

/** How many are not among the entries is known, and between which others they were. */
function missing(recording: Recording): readonly Run[] {
  const { entries, head, lost, totals } = recording
  const received = find(recording, 'received')
  const count = totals.received.count - sum(received, 'count')
  if (lost === 0 || count <= 0) return []
  const [before, after] = [entries[head - 1], entries[head]]
  const at = before === undefined ? 0 : endsAt(before)
  const until = Math.max(at, after?.at ?? at)
  const bytes = Math.max(0, totals.received.bytes - sum(received, 'bytes'))
  return [{ at, until, count, bytes, kind: received[0]?.kind ?? 'text', last: Math.floor(bytes / count) }]
}

/** Pings that nobody answered: from somewhere before the first, to somewhere before the next one that was. */
function silences(recording: Recording): readonly Act[] {
  return find(recording, 'missed').flatMap(({ at, until }): Act[] => {
    const heard = recording.entries.filter(({ what }) => HEARD.has(what))
    const before = Math.max(0, ...heard.map(endsAt).filter((time) => time < at))
    const pong = find(recording, 'heartbeat').find((entry) => entry.at > until)
    const mute: Act = { at: Math.floor((before + at) / 2), act: 'mute' }
    if (pong === undefined) return [mute]
    return [mute, { at: Math.floor((until + Math.max(until, pong.at - pong.rtt)) / 2), act: 'unmute' }]
  })
}

const HEARD: ReadonlySet<Entry['what']> = new Set(['active', 'received', 'heartbeat', 'missed'])

/**
 * When its peer began not to read: what waited at back-pressure had been sent before. By messages and not by time, since it
 * is what the application sends that makes them wait.
 */
function stalls(recording: Recording): readonly Act[] {
  const { entries, head, totals } = recording
  const sent = find(recording, 'sent')
  const lost = totals.sent.count - sum(sent, 'count')
  const average = Math.max(1, totals.sent.bytes / Math.max(1, totals.sent.count))
  return entries.flatMap((entry, index): Act[] => {
    if (entry.what !== 'backpressure') return []
    const before =
      sum(
        sent.filter((one) => entries.indexOf(one) < index),
        'count',
      ) + (index < head ? 0 : lost)
    const waiting = Math.ceil(entry.buffered / average) + 1
    const drained = entries.slice(0, index).findLast(({ what }) => what === 'drained')
    const at = drained === undefined ? 0 : drained.at + 1
    return [{ at, act: 'stall', after: Math.max(0, before - waiting), by: entry.at }]
  })
}

function endOf(recording: Recording, { at, cause, code, reason = '' }: Closing): readonly Act[] {
  switch (cause) {
    case 'aborted':
      return [{ at, act: 'cut' }]
    case 'network':
      return find(recording, 'error').some((error) => error.code === 'LINKSPAN_TRANSPORT')
        ? []
        : [{ at, act: 'cut' }]
    case 'peer':
      return [{ at, act: 'close', code }]
    case 'violation':
      return [{ at, act: 'violate', code }]
    case 'drain':
    case 'disconnect':
      return [{ at, act: cause, code, reason }, ...lost(recording)]
    default:
      return lost(recording)
  }
}

/** Whether our close frame got no answer. */
function isUnanswered({ end, entries }: Recording): boolean {
  const closing = entries.find((entry): entry is Closing => entry.what === 'closing')
  return end?.clean === false && closing?.framed === true && closing.by === 'server'
}

function deafness(recording: Recording): readonly Act[] {
  return isUnanswered(recording) ? [{ at: 0, act: 'deafen' }] : []
}

/** A socket that was gone before the close frame was answered, and before we gave up. */
function lost(recording: Recording): readonly Act[] {
  const [socket] = find(recording, 'socket')
  const late = find(recording, 'overdue').some(({ deadline }) => deadline === 'close')
  return socket === undefined || late || !isUnanswered(recording) ? [] : [{ at: socket.at, act: 'cut' }]
}

function endsAt(entry: Entry): number {
  return 'until' in entry ? entry.until : entry.at
}

function sum<Key extends string>(entries: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return entries.reduce((total, entry) => total + entry[key], 0)
}
