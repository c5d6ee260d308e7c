import type { CloseInfo, Connection, Events, LifecycleState } from '@linkspan/core'
import { histogramOf, seconds } from './instruments.js'
import { Names } from './names.js'
import type { Part, Setting } from './part.js'
import { Tally } from './tally.js'

/** Who is connected: by state and transport, by tenant; and how those ended who were active. */
export function population({ app, meter, base, options }: Setting): Part {
  const connections = new Tally('connections', base)
  const tenantConnections = new Tally('tenant.connections', base)
  const closes = new Tally('closes', base)
  const duration = histogramOf(meter, 'connection.duration')
  const transports = new Names(options.reasons)
  const tenants = new Names(options.tenants)
  // A peer may close with any of thousands of codes, which must not take the names away from ours.
  const codes = {
    server: new Names(options.reasons),
    peer: new Names(options.reasons),
    network: new Names(options.reasons),
  }
  /** Those that end and never were active, or that nobody knows it of. They are few, and soon gone. */
  const strangers = new Set<string>()

  const count = ({ via }: Connection<never>, state: LifecycleState, by: 1 | -1): void => {
    if (state !== 'closed') connections.add(by, state, transports.of(via || 'unknown'))
  }
  const countActive = ({ identity }: Connection<never>, by: 1 | -1): void => {
    if (identity?.tenant !== undefined) tenantConnections.add(by, tenants.of(identity.tenant))
  }

  const moved = (conn: Connection<never>, from: LifecycleState, to: LifecycleState): void => {
    count(conn, from, -1)
    count(conn, to, 1)
    if (to === 'active') countActive(conn, 1)
    else if (from === 'active') countActive(conn, -1)
    else if (to === 'closing') strangers.add(conn.id)
  }
  const closed = ({ id }: Connection<never>, info: CloseInfo): void => {
    if (strangers.delete(id)) return
    closes.add(1, codes[info.by].of(String(info.code)), info.by)
    duration.record(seconds(info.duration), base)
  }

  /** Those that were there before. */
  const census = (): void => {
    for (const conn of app.connections as Iterable<Connection<never>>) {
      count(conn, conn.state, 1)
      if (conn.state === 'active') countActive(conn, 1)
      if (conn.state === 'closing') strangers.add(conn.id)
    }
  }

  return {
    readings: {
      connections: () => connections,
      'tenant.connections': () => tenantConnections,
      closes: () => closes,
    },
    came: (conn) => count(conn, conn.state, 1),
    listen() {
      census()
      const onTransition: Events['transition'] = (conn, { from, to }) =>
        moved(conn as Connection<never>, from, to)
      const onClose: Events['close'] = (conn, info) => closed(conn as Connection<never>, info)
      app.on('transition', onTransition).on('close', onClose)
      return () => app.off('transition', onTransition).off('close', onClose)
    },
  }
}
