import { CloseCode } from '../close.js'
import type { Event } from '../event.js'
import type { Link } from '../link.js'
import type { LifecycleState } from '../state.js'
import type { EndCause } from './entry.js'

/** Why an event ended its connection. `stepped`: a middleware has decided by then. */
export function causeOf(event: Event, from: LifecycleState, link: Link, stepped: boolean): EndCause {
  switch (event.type) {
    case 'pipeline.refused':
      if (from === 'active') return event.settled ? 'middleware' : 'renewal'
      if (!event.settled) return link.admission?.reading ? 'silent' : 'refused'
      return stepped ? 'refused' : 'turned-away'
    case 'pipeline.settled':
      return 'next-missing'
    case 'close.requested':
      return event.from ?? 'application'
    case 'terminate.requested':
      return cutBy(event.code)
    case 'timer.fired':
      return event.timer === 'handshake' ? 'handshake-timeout' : 'expired'
    case 'transport.closed':
      if (event.violation !== undefined) return 'violation'
      return event.code === CloseCode.abnormal ? 'network' : 'peer'
    default:
      return 'aborted'
  }
}

/** What we cut by ourselves has a code of its own: `conn.terminate` has none. */
function cutBy(code: number): EndCause {
  if (code === CloseCode.slowConsumer) return 'slow-consumer'
  return code === CloseCode.noHeartbeat ? 'no-heartbeat' : 'terminated'
}

/** What was exceeded, where that has a measure. */
export function limitOf(cause: EndCause, code: number, link: Link): number {
  const { options } = link.runtime
  switch (cause) {
    case 'handshake-timeout':
      return options.handshakeTimeout
    case 'slow-consumer':
      return options.outbox.bytes
    case 'inbox':
      return options.inbox.messages
    case 'no-heartbeat':
      return link.missed
    case 'violation':
      return code === CloseCode.tooBig ? options.maxPayload : 0
    default:
      return 0
  }
}
