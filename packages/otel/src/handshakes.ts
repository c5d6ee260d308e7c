import type { Attributes } from '@opentelemetry/api'
import { histogramOf, seconds } from './instruments.js'
import { Names } from './names.js'
import type { Part, Setting } from './part.js'
import { Tally } from './tally.js'

/** How handshakes go, and which middleware refuses them. */
export function handshakes({ meter, base, options }: Setting): Part {
  const ended = new Tally('handshakes', base)
  const refusals = new Tally('middleware.refusals', base)
  const duration = histogramOf(meter, 'handshake.duration')
  const durations: Readonly<Record<'opened' | 'refused' | 'aborted', Attributes>> = {
    opened: { ...base, 'linkspan.outcome': 'opened' },
    refused: { ...base, 'linkspan.outcome': 'refused' },
    aborted: { ...base, 'linkspan.outcome': 'aborted' },
  }
  const reasons = new Names(options.reasons)
  const middlewares = new Names(options.reasons)
  /** Whose handshake was refused last: what stands around the middleware that did it is told of it as well. */
  let refused = ''

  return {
    readings: { handshakes: () => ended, 'middleware.refusals': () => refusals },
    watcher: {
      step({ id, state }, { name, decision }) {
        // What a middleware makes of the end of its handshake is not its decision.
        if (decision === 'next' || id === refused || state === 'closing' || state === 'closed') return
        refused = id
        refusals.add(1, middlewares.of(name || 'anonymous'), decision === 'refused' ? 'refused' : 'failed')
      },
      admitted(_, { outcome, status, reason, duration: time }) {
        const answer = outcome === 'opened' ? 101 : status
        ended.add(1, outcome, answer, reason ? reasons.of(reason) : undefined)
        duration.record(seconds(time), durations[outcome])
      },
    },
  }
}
