import { altered, memoryBrokerHost } from '../altered-broker.js'
import { type Wrong, wrong } from './wrong.js'

/** Mistakes when the engine hangs. */
export const stalls: readonly Wrong[] = [
  {
    mistake: 'loses what it holds, and says nothing',
    shownBy: 'while the engine hangs nothing is lost without being told',
    host() {
      let hanging = false
      return memoryBrokerHost(
        (broker) =>
          altered(broker, () => ({
            link: (inner) => ({
              async publish(channel, payload) {
                if (!hanging) await inner.publish(channel, payload)
              },
            }),
          })),
        () => ({
          async stall() {
            hanging = true
          },
          async unstall() {
            hanging = false
          },
        }),
      )
    },
  },
  wrong(
    'answers for an engine that has not',
    'while the engine hangs no subscription is in force, and afterwards one can be had',
    () => ({
      link: (inner) => ({
        async subscribe(channel) {
          inner.subscribe(channel).catch(() => {})
        },
      }),
    }),
  ),
  wrong(
    'waits for an engine that hangs',
    'close while the engine hangs settles, and nothing is told afterwards',
    () => ({
      link: (inner) => ({
        async close() {
          await inner.unsubscribe('linkspan.all').catch(() => {})
          await inner.close()
        },
      }),
    }),
  ),
]
