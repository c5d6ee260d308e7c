import { type HeartbeatOptions, type HeartbeatPolicy, type Line, paces } from './pace.js'
import type { HandshakeRequest } from './request.js'

/**
 * What an adaptive heartbeat is told.
 *
 * @example
 * linkspan({ heartbeat: adaptive({ hint: 'network' }) })
 */
export interface AdaptiveOptions {
  /** The pace of clients that give no hint. Default: `paces.lan`. */
  readonly start?: HeartbeatOptions
  /** The query parameter in which a client may name `lan`, `mobile` or `highLatency`. Default: none is looked at. */
  readonly hint?: string
}

/** Round trips from which a line is slow, and under which it is quick again; milliseconds. */
const SLOW = { from: 600, under: 300 }
/** The same of jitter, in milliseconds, and of loss, from which a line is shaky. */
const JITTERY = { from: 150, under: 60 }
const LOSSY = { from: 0.12, under: 0.04 }

/**
 * A heartbeat that starts from the client's hints (`RTT`, `ECT` and `Save-Data`, or a query parameter), and then moves
 * between {@link paces} by what its pings measure: short and patient where pongs get lost or their times differ much,
 * seldom where round trips are long. What made it move has to be gone by half before it moves back.
 *
 * @example
 * linkspan({ heartbeat: adaptive() })
 */
export function adaptive(options: AdaptiveOptions = {}): HeartbeatPolicy {
  const { start = paces.lan, hint } = options
  return {
    paces: [...new Set([start, ...Object.values(paces)])],
    begin: (request) =>
      named(hint === undefined ? null : request.query.get(hint)) ?? hinted(request) ?? start,
    adjust,
  }
}

function adjust({ pace, rtt = 0, jitter, loss }: Line): HeartbeatOptions {
  const shaky = pace === paces.mobile
  if (loss > (shaky ? LOSSY.under : LOSSY.from) || jitter > (shaky ? JITTERY.under : JITTERY.from))
    return paces.mobile
  const slow = pace === paces.highLatency
  if (rtt > (slow ? SLOW.under : SLOW.from)) return paces.highLatency
  // Without a measurement there is nothing to move for.
  return rtt === 0 ? pace : paces.lan
}

function named(name: string | null): HeartbeatOptions | undefined {
  return name !== null && Object.hasOwn(paces, name) ? paces[name as keyof typeof paces] : undefined
}

/** Client hints of the Network Information API: `RTT` in milliseconds, `ECT` one of slow-2g, 2g, 3g and 4g. */
function hinted({ headers }: HandshakeRequest): HeartbeatOptions | undefined {
  const rtt = Number(headers['rtt'] ?? Number.NaN)
  if (rtt > SLOW.from) return paces.highLatency
  const ect = headers['ect']
  if (ect === 'slow-2g' || ect === '2g') return paces.highLatency
  if (ect === '3g' || headers['save-data'] === 'on') return paces.mobile
  return undefined
}
