import type { Connection } from '../connection.js'
import { linkOf } from '../inside.js'
import { type Ended, type Flight, middlewareOf } from './flight.js'
import { ALL_IN, ALL_IN_BYTES, ALL_OUT, ALL_OUT_BYTES, CLOSING, COUNT, FROM, WALL } from './layout.js'
import type { Several } from './page.js'
import { entriesOf } from './reading.js'
import type { Recording } from './recording.js'

type Living = Connection<never>

/** The recording of a flight that is over, or of a connection that lives. */
export function snapshotOf(flight: Flight, of: Ended | Living): Recording {
  if (!('info' in of) && of.state === 'active') flight.look(linkOf(of))
  const { received, sent } = flight.counted
  const { id, via, protocol } = of
  const entries = entriesOf(flight)
  const { age, ...state } = 'info' in of ? overOf(of) : livingOf(of)
  const { pages } = flight
  const closing = flight.read(CLOSING)
  return {
    version: 1,
    id,
    via,
    protocol,
    arrived: flight.read(WALL),
    from: flight.read(FROM),
    // Its own clock began a part of a millisecond before that of the entries.
    age: Math.max(age, entries.at(-1)?.at ?? 0),
    ...state,
    heard: flight.heard,
    totals: {
      received: both(flight, ALL_IN, ALL_IN_BYTES, received),
      sent: both(flight, ALL_OUT, ALL_OUT_BYTES, sent),
    },
    entries,
    lost: Math.max(0, flight.read(COUNT) - (pages.entries - 1)),
    head: pages.head + (closing >= 0 && closing <= pages.head ? 1 : 0),
  }
}

/** What became entries, and what is counted yet. */
function both(flight: Flight, count: number, bytes: number, run: Several): { count: number; bytes: number } {
  return { count: flight.read(count) + run.count, bytes: flight.read(bytes) + run.bytes }
}

/** What is known of a connection that is not recorded. */
export function unrecorded(conn: Living): Recording {
  const { id, via, protocol, idle } = conn
  const { age, ...living } = livingOf(conn)
  const nothing = { count: 0, bytes: 0 }
  return {
    version: 1,
    ...{ id, via, protocol },
    arrived: Math.floor(linkOf(conn).runtime.options.clock.now()) - age,
    from: age,
    age,
    ...living,
    heard: Math.max(0, Math.floor(age - idle)),
    totals: { received: nothing, sent: nothing },
    entries: [],
    lost: 0,
    head: 0,
  }
}

function overOf({ info, age }: Ended): Pick<Recording, 'state' | 'age' | 'end'> {
  const { code, by, clean, wireCode } = info
  const reason = by === 'server' ? info.reason : ''
  const duration = Math.floor(info.duration)
  return {
    state: 'closed',
    age: Math.floor(age),
    end: { code, reason, by, clean, duration, ...(wireCode === undefined ? {} : { wireCode }) },
  }
}

function livingOf(conn: Living): Pick<Recording, 'state' | 'age' | 'now'> {
  const link = linkOf(conn)
  const middleware = middlewareOf(link)
  return {
    state: conn.state,
    age: Math.floor(link.age),
    now: {
      backlog: conn.backlog,
      buffered: conn.bufferedAmount,
      ...(middleware === undefined ? {} : { middleware }),
    },
  }
}
