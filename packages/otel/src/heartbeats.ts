import { CloseCode, type Events } from '@linkspan/core'
import { histogramOf, seconds } from './instruments.js'
import type { Part, Setting } from './part.js'

/** How peers answer pings. */
export function heartbeats({ app, meter, base }: Setting): Part {
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
    listen() {
      // The last one that it did not answer: no other follows.
      const onClose: Events['close'] = (_, { code, by }) => {
        if (code === CloseCode.noHeartbeat && by === 'server') misses += 1
      }
      app.on('close', onClose)
      return () => app.off('close', onClose)
    },
  }
}
