import { type Alterations, altered, memoryBrokerHost } from '../altered-broker.js'
import { later, shared, type Wrong, wrong } from './wrong.js'

/** Mistakes at close. */
export const closing: readonly Wrong[] = [
  wrong('never settles its close', 'close settles, also the second time and at the same time', () => ({
    link: () => ({ close: () => new Promise(() => {}) }),
  })),
  wrong('never settles a second close', 'close settles, also the second time and at the same time', () => {
    let closed = false
    return {
      link: (inner) => ({
        async close() {
          if (closed) await new Promise(() => {})
          closed = true
          await inner.close()
        },
      }),
    }
  }),
  wrong('delivers after close', 'after close nothing arrives, and other nodes go on', () => ({
    sink: (inner) => ({ message: (channel, payload) => later(() => inner.message(channel, payload)) }),
    link: (inner) => ({ close: () => new Promise((resolve) => later(() => inner.close().then(resolve))) }),
  })),
  wrong(
    'tells of its own close as an outage',
    'close settles, also the second time and at the same time',
    () => ({
      link: (inner, sink) => ({
        async close() {
          await inner.close()
          sink.down(new Error('connection closed'))
        },
      }),
    }),
  ),
  wrong('takes what is published after close', 'after close every call rejects', () => ({
    link: (inner) => ({ publish: (channel, payload) => inner.publish(channel, payload).catch(() => {}) }),
  })),
  wrong('never answers after close', 'after close every call rejects', () => ({
    link: (inner) => ({
      subscribe: (channel) => inner.subscribe(channel).catch(() => new Promise<void>(() => {})),
    }),
  })),
  shared<Set<() => Promise<void>>>(
    'closes all nodes of the broker',
    'after close nothing arrives, and other nodes go on',
    () => new Set(),
    (all) => ({
      link(inner) {
        all.add(() => inner.close())
        return {
          async close() {
            for (const close of all) await close()
          },
        }
      },
    }),
  ),
  wrong(
    'answers before anything was sent, and forgets it at close',
    'what was published before close was called, and was taken, arrives',
    () => {
      let closed = false
      return {
        link: (inner) => ({
          async publish(channel, payload) {
            later(() => {
              if (!closed) inner.publish(channel, payload).catch(() => {})
            })
          },
          close() {
            closed = true
            return inner.close()
          },
        }),
      }
    },
  ),
  {
    mistake: 'ends a client that was handed in',
    shownBy: 'a client that was handed in works on after close',
    host() {
      let ended = false
      const end: () => Alterations = () => ({
        link: (inner) => ({
          close() {
            ended = true
            return inner.close()
          },
        }),
      })
      return memoryBrokerHost(
        (broker) => broker,
        (hub) => ({
          lend: async () => ({
            broker: altered(hub, end),
            async works() {
              if (ended) throw new Error('the client was ended')
            },
          }),
        }),
      )
    },
  },
  {
    mistake: 'leaves listeners behind',
    shownBy: 'nodes that come and go leave nothing behind',
    host() {
      let left = 0
      return memoryBrokerHost(
        (broker) => ({
          open(sink) {
            left += 1
            return broker.open(sink)
          },
        }),
        () => ({ listeners: () => left }),
      )
    },
  },
]
