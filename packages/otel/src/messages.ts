import type { Events } from '@linkspan/core'
import { histogramOf } from './instruments.js'
import { Names } from './names.js'
import type { Part, Setting } from './part.js'
import { sampled, timed } from './sampling.js'
import { Tally } from './tally.js'
import { utf8Length } from './utf8-length.js'

const DIRECTIONS = { in: 'receive', out: 'transmit' } as const

/** What comes in and goes out, how long handling it takes, and what is lost. What every message does is to add. */
export function messages({ app, meter, base, options }: Setting): Part {
  const numbers = new Tally('messages', base)
  const sizes = new Tally('message.size', base)
  const drops = new Tally('drops', base)
  const [received, sent] = [numbers.at('receive'), numbers.at('transmit')]
  const [receivedSize, sentSize] = [sizes.at('receive'), sizes.at('transmit')]
  const reasons = new Names(options.reasons)
  const { clock } = app.options
  const around = timed(histogramOf(meter, 'message.duration'), base, clock)
  let backpressure = 0

  return {
    readings: {
      messages: () => numbers,
      'message.size': () => sizes,
      drops: () => drops,
      backpressure: () => backpressure,
      'inbox.messages': ({ gauges }) => gauges.inbox.messages,
      'inbox.size': ({ gauges }) => gauges.inbox.bytes,
      'outbox.size': ({ gauges }) => gauges.outbox.bytes,
    },
    watcher: {
      received(_, { size }) {
        received.value += 1
        receivedSize.value += size
      },
      sent(_, data) {
        sent.value += 1
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
