import type { BrokerStatus, Events, Stats } from '@linkspan/core'
import type { Attributes } from '@opentelemetry/api'
import { flags } from './flags.js'
import { seconds } from './instruments.js'
import type { Part, Setting } from './part.js'
import type { Point } from './tally.js'

const STATUSES: readonly BrokerStatus[] = ['up', 'degraded', 'down']

/** What there is between this node and the others. Nothing, for an application without a broker. */
export function nodes({ app, base }: Setting): Part {
  if (app.options.broker === undefined) return { readings: {} }
  let reached = app.brokerStatus !== 'down'
  let away = false
  let reconnects = 0
  let gaps = 0

  const onBroker: Events['broker'] = ({ status }) => {
    const down = status === 'down'
    if (down) away = reached
    else if (away) reconnects += 1
    if (!down) {
      reached = true
      away = false
    }
  }
  const onGap = (): void => {
    gaps += 1
  }

  return {
    readings: {
      'broker.status': () => flags(STATUSES, app.brokerStatus, base),
      'broker.messages': ({ totals }) => outcomes(totals.broker, base),
      'broker.lag': ({ gauges }) => seconds(gauges.broker.lag),
      'broker.buffer': ({ gauges }) => gauges.broker.bytes,
      'broker.channels': ({ gauges }) => gauges.broker.channels,
      'broker.nodes': ({ gauges }) => gauges.broker.nodes,
      'broker.reconnects': () => reconnects,
      'broker.gaps': () => gaps,
    },
    listen() {
      app.on('broker', onBroker).on('gap', onGap)
      return () => app.off('broker', onBroker).off('gap', onGap)
    },
  }
}

function outcomes(totals: Stats['totals']['broker'], base: Attributes): readonly Point[] {
  const { published, dropped, received, duplicates, missed } = totals
  return Object.entries({ published, dropped, received, duplicate: duplicates, missed }).map(
    ([outcome, value]) => ({ attributes: { ...base, 'linkspan.outcome': outcome }, value }),
  )
}
