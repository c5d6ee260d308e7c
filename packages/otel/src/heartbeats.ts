import { histogramOf, seconds } from './instruments.js'
import type { Part, Setting } from './part.js'

/** How peers answer pings. */
export function heartbeats({ meter, base }: Setting): Part {
  const roundTrip = histogramOf(meter, 'heartbeat.rtt')
  let pings = 0
  let misses = 0

  return {
    readings: { 'heartbeat.pings': () => pings, 'heartbeat.misses': () => misses },
    watcher: {
      pinged(_, missed) {
        pings += 1
        if (missed) misses += 1
      },
      ponged(_, rtt) {
        roundTrip.record(seconds(rtt), base)
      },
    },
  }
}
