import type { Events } from '@linkspan/core'
import { histogramOf } from './instruments.js'
import { Names } from './names.js'
import type { Part, Setting } from './part.js'
import { sampled, timed } from './sampling.js'
import { Tally } from './tally.js'
import { utf8Length } from './utf8-length.js'

const DIRECTIONS = { in: 'receive', out: 'transmit' } as const

/**
 * What comes in and goes out, how long handling it takes, and what is lost. The application counts its messages anyway; but
 * for the bytes of what is sent, they are read from there.
 */
export function messages({ app, meter, base, options }: Setting): Part {
  const numbers = new Tally('messages', base)
  const sizes = new Tally('message.size', base)
  const drops = new Tally('drops', base)
  const [received, sent] = [numbers.at('receive'), numbers.at('transmit')]
  const [receivedSize, sentSize] = [sizes.at('receive'), sizes.at('transmit')]
  const reasons = new Names(options.reasons)
  const { clock } = app.options
  const around = timed(histogramOf(meter, 'message.duration'), base, clock)
  const { totals: before } = app.stats()
  let backpressure = 0

  return {
    readings: {
      messages({ totals }) {
        received.value = totals.received - before.received
        sent.value = totals.sent - before.sent
        return numbers
      },
      'message.size'({ totals }) {
        receivedSize.value = totals.receivedBytes - before.receivedBytes
        return sizes
      },
      drops: () => drops,
      backpressure: () => backpressure,
      'inbox.messages': ({ gauges }) => gauges.inbox.messages,
      'inbox.size': ({ gauges }) => gauges.inbox.bytes,
      'outbox.size': ({ gauges }) => gauges.outbox.bytes,
    },
    watcher: {
      sent(_, data) {
        sentSize.value += typeof data === 'string' ? utf8Length(data) : data.byteLength
      },
      ...(options.sample > 0 && { message: sampled(options.sample, around, clock) }),
    },
    listen() {
      const onDrop: Events['drop'] = (_, { direction, reason }) =>
        drops.add(1, DIRECTIONS[direction], reasons.of(reason))
      const onBackpressure = (): void => {
        backpressure += 1
      }
      app.on('drop', onDrop).on('backpressure', onBackpressure)
      return () => app.off('drop', onDrop).off('backpressure', onBackpressure)
    },
  }
}
