import { later, type Wrong, wrong } from './wrong.js'

/** Mistakes about order. */
export const order: readonly Wrong[] = [
  wrong(
    'lets every third payload be late',
    'what is published in turn arrives in turn, and all of it',
    () => {
      let count = 0
      return {
        sink: (inner) => ({
          message(channel, payload) {
            count += 1
            if (count % 3 === 0) later(() => inner.message(channel, payload))
            else inner.message(channel, payload)
          },
        }),
      }
    },
  ),
  wrong('lets small payloads go first', 'payloads of very different sizes keep their order', () => ({
    link: (inner) => ({
      async publish(channel, payload) {
        if (payload.byteLength > 10_000) later(() => inner.publish(channel, payload).catch(() => {}))
        else await inner.publish(channel, payload)
      },
    }),
  })),
  wrong('keeps 100 payloads at most', 'many published at once all arrive', () => {
    let waiting = 0
    return {
      sink: (inner) => ({
        message(channel, payload) {
          if (waiting >= 100) return
          waiting += 1
          later(() => {
            waiting -= 1
            inner.message(channel, payload)
          })
        },
      }),
    }
  }),
]
