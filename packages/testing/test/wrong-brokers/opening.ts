import type { Broker } from '@linkspan/core'
import { memoryBrokerHost } from '../altered-broker.js'
import { type Wrong, wrong } from './wrong.js'

const forgotten: Promise<void>[] = []

/** Mistakes at open. */
export const opening: readonly Wrong[] = [
  {
    mistake: 'throws where the engine is away',
    shownBy: 'an engine that is away at first: open does not throw, and up is told when it is there',
    host() {
      let away = false
      return memoryBrokerHost(
        (broker): Broker => ({
          open(sink) {
            if (away) throw new Error('connection refused')
            return broker.open(sink)
          },
        }),
        (hub) => ({
          async cut() {
            away = true
            hub.cut()
          },
        }),
      )
    },
  },
  {
    mistake: 'tells up before open has returned',
    shownBy: 'open answers a link at once, and tells nothing before it has returned',
    host: () =>
      memoryBrokerHost((broker) => ({
        open(sink) {
          sink.up(false)
          return broker.open({ ...sink, message: (...told) => sink.message(...told), up: () => {} })
        },
      })),
  },
  wrong('tells up twice', 'up is told once after open', () => ({
    sink: (inner) => ({
      up(recovered) {
        inner.up(recovered)
        inner.up(recovered)
      },
    }),
  })),
  wrong('never tells up', 'up is told once after open', () => ({ sink: () => ({ up() {} }) })),
  wrong('takes little', 'maxPayload is a whole number, of 65,536 at the least', () => ({
    link: () => ({ maxPayload: 8_192 }),
  })),
  wrong('takes everything', 'maxPayload is a whole number, of 65,536 at the least', () => ({
    link: () => ({ maxPayload: Number.POSITIVE_INFINITY }),
  })),
  wrong('leaves a rejection to nobody', 'up is told once after open', () => ({
    link(inner) {
      forgotten.push(Promise.reject(new Error('nobody catches it')))
      return inner
    },
  })),
]
