import type { Closing, Entry } from './entry.js'
import type { Recording } from './recording.js'
import { codeText, many, middlewareText, timeText } from './wording.js'

/**
 * One line of what happened to a connection.
 *
 * @example
 * const line: TimelineEntry = { at: 3, what: 'middleware', details: 'jwt refused it with 401, within 2.8 ms' }
 */
export interface TimelineEntry {
  /** Milliseconds since the upgrade request arrived. */
  readonly at: number
  readonly what: string
  readonly details: string
}

/** What happened to a connection, a line each. */
export function timelineOf(recording: Recording): readonly TimelineEntry[] {
  const { via, protocol, from, age, entries, lost, head, end } = recording
  const by = via === '' ? '' : `over ${via}`
  const details = protocol === '' ? by : `${by}, with ${protocol}`
  const lines: TimelineEntry[] = [{ at: 0, what: 'arrived', details }]
  if (from > 0) lines.push({ at: from, what: 'recorded', details: 'from here on' })
  entries.forEach((entry, index) => {
    if (lost > 0 && index === head)
      lines.push({ at: entry.at, what: '…', details: `${lost.toLocaleString('en')} more` })
    lines.push({ at: entry.at, what: entry.what, details: detailsOf(entry) })
  })
  if (end !== undefined) {
    const wire = end.wireCode === undefined ? 'no close frame' : `${end.wireCode} on the wire`
    const how = `${codeText(end.code)} by the ${end.by}, ${end.clean ? 'cleanly' : 'not cleanly'}, ${wire}`
    lines.push({ at: age, what: 'closed', details: how })
  }
  return lines
}

function detailsOf(entry: Entry): string {
  switch (entry.what) {
    case 'accepted':
      return '101, before the pipeline had ended'
    case 'active':
      return 'messages flow'
    case 'drained':
      return 'the peer reads again'
    case 'middleware': {
      const { name, decision, status } = entry
      const took = `${entry.duration < 10 ? entry.duration.toFixed(1) : Math.round(entry.duration).toLocaleString('en')} ms`
      return `${name} ${DECIDED[decision]}${status === undefined ? '' : ` with ${status}`}, within ${took}`
    }
    case 'authenticated':
      return `${entry.anonymous ? 'as nobody' : 'identity settled'}${leaseText(entry.lease)}`
    case 'renewed':
      return `identity renewed${leaseText(entry.lease)}`
    case 'expiring':
      return `credentials end in ${timeText(entry.in)}`
    case 'received':
      return `${several(entry)} of ${entry.kind === 'both' ? 'text and bytes' : entry.kind}, ${many(entry.bytes, 'byte')}${entry.count > 1 ? `, the last of ${many(entry.last, 'byte')}` : ''}${span(entry)}`
    case 'sent':
      return `${several(entry)}, ${many(entry.bytes, 'byte')}${span(entry)}`
    case 'heartbeat':
      return `${many(entry.count, 'ping')} answered, the last within ${entry.rtt.toFixed(1)} ms${span(entry)}`
    case 'missed':
      return `${many(entry.count, 'ping')} not answered${span(entry)}`
    case 'pace':
      return `${entry.name}: a ping every ${timeText(entry.interval)}, of which ${entry.misses} may go unanswered`
    case 'backpressure':
    case 'paused':
    case 'resumed':
      return `${many(entry.backlog, 'message')} waiting for the handler, ${many(entry.buffered, 'byte')} for the peer`
    case 'dropped':
      return `${several(entry)} ${entry.direction === 'in' ? 'that came' : 'to send'}, ${many(entry.bytes, 'byte')}: ${entry.reason}${span(entry)}`
    case 'denied':
      return `a policy did not let it ${entry.action === 'join' ? 'join' : 'send to'} a topic${times(entry)}`
    case 'error':
      return `${entry.code}${times(entry)}${span(entry)}`
    case 'refused':
      return `${entry.status}, or close code ${entry.code}`
    case 'closing':
      return closingText(entry)
    case 'socket':
      return entry.answered ? 'gone, after the peer answered our close frame' : 'gone'
    case 'overdue':
      return `${entry.deadline}Timeout`
  }
}

const DECIDED = {
  next: 'let it pass',
  refused: 'refused it',
  failed: 'threw',
  ended: 'ended without next()',
} as const

function closingText({ cause, code, by, reason, backlog, buffered, limit, middleware }: Closing): string {
  const said = reason === undefined ? '' : ` '${reason}'`
  const place = middleware === undefined ? '' : `, in ${middlewareText(middleware)}`
  const most = limit === undefined ? '' : `, limit ${limit.toLocaleString('en')}`
  const waiting = [
    ...(backlog === 0 ? [] : [`${many(backlog, 'message')} waiting for the handler`]),
    ...(buffered === 0 ? [] : [`${many(buffered, 'byte')} waiting for the peer`]),
  ]
  return [`${cause}: ${codeText(code)}${said} by the ${by}${place}${most}`, ...waiting].join(', ')
}

function several({ count }: { readonly count: number }): string {
  return many(count, 'message')
}

function times({ count }: { readonly count: number }): string {
  return count > 1 ? `, ${count} times` : ''
}

/** Over how long several were. */
function span({ at, until }: { readonly at: number; readonly until: number }): string {
  return until > at ? `, over ${timeText(until - at)}` : ''
}

function leaseText(lease: number | undefined): string {
  return lease === undefined ? '' : `, for ${timeText(lease)}`
}
