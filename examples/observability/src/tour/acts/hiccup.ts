import { setTimeout as after } from 'node:timers/promises'
import type { Act } from '../stage.js'

/** How long Redis is away, in milliseconds. */
const AWAY = 6_000

export const hiccup: Act = {
  name: 'hiccup',
  title: `The network between the nodes and Redis is cut for ${AWAY / 1_000} seconds`,
  panels: ['Nodes by what they say of the broker', 'Returns of the broker, and gaps', 'Calls of stores'],

  async play(stage) {
    const { network, signal, prometheus } = stage.props
    network.cut()
    try {
      await stage.shows('nodes without their broker', 'linkspan_broker_status{linkspan_status="down"}')
      await after(AWAY, undefined, { signal })
    } finally {
      network.mend()
    }
    stage.say(
      'The network is back. Handshakes were refused with 503 meanwhile: sessions are in that Redis, too.',
    )
    await stage.shows('nodes that have it again', 'linkspan_broker_status{linkspan_status="up"}', 1)
    await stage.shows('firing', 'ALERTS{alertname="LinkspanBrokerGaps",alertstate="firing"}')
    const alert = (await prometheus.alerts()).find(
      ({ labels }) => labels['alertname'] === 'LinkspanBrokerGaps',
    )
    stage.say(
      `  ${alert?.annotations['summary'] ?? ''}; ${alert?.annotations['page'] ?? ''} says what to do.`,
    )
  },
}
