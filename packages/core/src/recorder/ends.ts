import { CloseCode } from '../close.js'
import type { EndCause } from './entry.js'
import { type Facts, find, isJustBefore } from './facts.js'
import { codeText, many, middlewareText, timeText } from './wording.js'

/** How each end is put: without a capital, and without a full stop. */
export const ENDS: { readonly [Cause in EndCause]: (facts: Facts) => string } = {
  'turned-away': ({ ended, said }) => `before any middleware ran it was ${ended}${said}`,

  refused: ({ recording, ended, said, error }) => {
    const step = find(recording, 'middleware').find(({ decision }) => decision !== 'next')
    if (step?.decision === 'refused') return `${middlewareText(step.name)} ${inActive(ended)}${said}`
    const what = step?.decision === 'failed' ? `${middlewareText(step.name)} threw` : 'its pipeline failed'
    return `${what}${error}: it was ${ended}${said}`
  },

  'handshake-timeout': ({ closing, ended }) =>
    `its handshake took longer than the ${timeText(closing.limit ?? 0)} it may, and had come to ` +
    `${middlewareText(closing.middleware)}: it was ${ended}`,

  silent: ({ closing, ended }) =>
    `the client sent nothing in time, while ${middlewareText(closing.middleware)} waited for a message: it was ${ended}`,

  aborted: ({ closing, after }) =>
    `the client went away ${after}, before it was answered: the handshake had come to ${middlewareText(closing.middleware)}`,

  'next-missing': ({ recording, active, ended, error }) => {
    const step = find(recording, 'middleware').find(({ decision }) => decision === 'ended')
    const who = step === undefined ? 'a middleware' : middlewareText(step.name)
    return `${who} ended ${active ? 'while the connection lived' : 'without next()'}${error}: it was ${ended}`
  },

  'slow-consumer': ({ recording, closing, active, ended }) => {
    const room = closing.limit === undefined ? '' : `, of at most ${many(closing.limit, 'byte')}`
    if (!active) return `before it was active more was sent to it than may wait${room}: it was ${ended}`
    const more = find(recording, 'dropped').findLast(
      ({ direction, reason, until }) =>
        direction === 'out' && reason !== 'closing' && isJustBefore(until, closing.at),
    )
    const size =
      more?.count === 1 ? `, and one message more, of ${many(more.bytes, 'byte')}, did not fit` : ''
    return `the client read more slowly than it was sent to: ${many(closing.buffered, 'byte')} waited for it${room}${size}; it was ${ended}`
  },

  violation: ({ closing, ended }) => {
    const most = closing.limit === undefined ? '' : `, which is ${many(closing.limit, 'byte')}`
    const what =
      closing.code === CloseCode.tooBig
        ? `sent a message larger than maxPayload${most}`
        : closing.code === CloseCode.invalidPayload
          ? 'sent text that is no UTF-8'
          : 'broke the WebSocket protocol'
    return `the client ${what}: it was ${ended}`
  },

  peer: ({ closing, after, early }) =>
    `the client closed it${early} ${after}, ${closing.code === CloseCode.none ? 'without a code' : `with ${codeText(closing.code)}`}`,

  network: ({ recording, closing, after, error, early }) => {
    if (error === ' (LINKSPAN_TRANSPORT)')
      return `the transport threw instead of accepting it${error}, ${after}`
    const silence = closing.at - recording.heard
    const heard = silence < 1_000 ? '' : `; the client was last heard of ${timeText(silence)} before`
    return `the network lost it${early} ${after}: its socket ended without a close frame${heard}`
  },

  application: ({ ended, said, early }) =>
    `the application called conn.close()${early}: it was ${ended}${said}`,

  terminated: ({ ended, early }) => `the application called conn.terminate()${early}: it was ${ended}`,

  disconnect: ({ ended, said, early }) =>
    `the server called app.disconnect()${early}: it was ${ended}${said}`,

  drain: ({ ended, said, early }) => `the server drained${early}: it was ${ended}${said}`,

  handler: ({ recording, closing, ended, said, error }) => {
    const denied = find(recording, 'denied').some(({ until }) => isJustBefore(until, closing.at))
    const refused = denied ? 'did what the policy of a topic forbids' : 'refused to go on'
    return `a message handler ${error === '' ? refused : `threw${error}`}: it was ${ended}${said}`
  },

  inbox: ({ closing, ended }) =>
    `the client sent faster than its handler took: ${many(closing.backlog, 'message')} waited, of at most ` +
    `${(closing.limit ?? 0).toLocaleString('en')}, and its transport cannot pause; it was ${ended}`,

  'no-heartbeat': ({ recording, closing, ended }) =>
    `the client left ${many(closing.limit ?? 0, 'ping')} unanswered, and was last heard of ` +
    `${timeText(closing.at - recording.heard)} before: it was ${ended}`,

  expired: ({ ended }) => `its credentials ended: it was ${ended}`,

  renewal: ({ ended, said, error }) =>
    `a hook ${error === '' ? 'did not let its renewed identity stay' : `of its renewal threw${error}`}: it was ${ended}${said}`,

  middleware: ({ ended, said, error }) =>
    `a middleware ${error === '' ? 'refused it' : `threw${error}`} while it lived: it was ${ended}${said}`,
}

/** `refused after 3 ms` becomes `refused it after 3 ms`. */
function inActive(ended: string): string {
  return ended.replace(' ', ' it ')
}
