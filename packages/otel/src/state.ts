import { flags } from './flags.js'
import type { Part, Setting } from './part.js'

const STATES = ['closed', 'open', 'half-open'] as const

/** What is there to be read: of the application, of its circuit breakers, of its sessions. */
export function state({ app, base, options }: Setting): Part {
  const { breakers, sessions } = options
  return {
    readings: {
      topics: ({ gauges }) => gauges.topics,
      timers: ({ gauges }) => gauges.timers,
      'drain.active': () => (app.draining ? 1 : 0),
      'drain.remaining': ({ gauges }) => gauges.draining,
      'breaker.state': () =>
        Object.entries(breakers).flatMap(([name, breaker]) =>
          flags(STATES, breaker.state, { ...base, 'linkspan.breaker': name }),
        ),
      ...(sessions && { reconnects: () => sessions.stats().returned }),
    },
  }
}
