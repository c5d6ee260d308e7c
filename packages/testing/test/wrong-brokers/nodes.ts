import { shared, type Wrong } from './wrong.js'

/** Mistakes between nodes. */
export const nodes: readonly Wrong[] = [
  shared<Set<string>>(
    'gives each payload to one node only',
    'every node hears everything: none is left out because another has it',
    () => new Set(),
    (taken) => ({
      sink: (inner) => ({
        message(channel, payload) {
          const mark = `${channel} ${Buffer.from(payload).toString()}`
          if (taken.has(mark)) return
          taken.add(mark)
          inner.message(channel, payload)
        },
      }),
    }),
  ),
  shared<Set<string>>(
    'keeps what it published itself from its neighbours',
    'nodes of one broker hear each other',
    () => new Set(),
    (own) => ({
      link: (inner) => ({
        publish(channel, payload) {
          own.add(Buffer.from(payload).toString())
          return inner.publish(channel, payload)
        },
      }),
      sink: (inner) => ({
        message(channel, payload) {
          if (!own.has(Buffer.from(payload).toString())) inner.message(channel, payload)
        },
      }),
    }),
  ),
]
