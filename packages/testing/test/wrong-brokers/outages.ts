import { type Wrong, wrong } from './wrong.js'

/** Mistakes when the connection is cut. */
export const outages: readonly Wrong[] = [
  wrong('never tells down', 'a cut is told as down, once, and its end as up, once', () => ({
    sink: () => ({ down() {} }),
  })),
  wrong(
    'tells down with every failed attempt',
    'a cut is told as down, once, and its end as up, once',
    () => ({
      sink: (inner) => ({
        down(error) {
          inner.down(error)
          inner.down(error)
        },
      }),
    }),
  ),
  wrong('says that nothing was missed', 'up says whether anything may have been missed', () => ({
    sink: (inner) => ({ up: () => inner.up(true) }),
  })),
  wrong('resolves what it could not send', 'while it is down nothing resolves that was not taken', () => ({
    link: (inner) => ({ publish: (channel, payload) => inner.publish(channel, payload).catch(() => {}) }),
  })),
  wrong(
    'resolves a subscription the engine knows nothing of',
    'while it is down nothing resolves that was not taken',
    () => ({
      link: (inner) => ({ subscribe: (channel) => inner.subscribe(channel).catch(() => {}) }),
    }),
  ),
  wrong(
    'takes what it once had for what it has',
    'what was subscribed to before a cut is heard again once it is subscribed to again',
    () => {
      const asked = new Set<string>()
      return {
        link: (inner) => ({
          async subscribe(channel) {
            if (asked.has(channel)) return
            await inner.subscribe(channel)
            asked.add(channel)
          },
        }),
      }
    },
  ),
  wrong('comes back once', 'cut again and again it comes back each time', () => {
    let times = 0
    return {
      sink: (inner) => ({
        up(recovered) {
          times += 1
          if (times <= 2) inner.up(recovered)
        },
      }),
    }
  }),
  wrong(
    'subscribes again to all that it ever had',
    'what was given up before a cut stays so after it',
    () => {
      const asked = new Set<string>()
      let again = (): void => {}
      return {
        link(inner) {
          again = () => {
            for (const channel of asked) inner.subscribe(channel).catch(() => {})
          }
          return {
            subscribe(channel) {
              asked.add(channel)
              return inner.subscribe(channel)
            },
          }
        },
        sink: (inner) => ({
          up(recovered) {
            again()
            inner.up(recovered)
          },
        }),
      }
    },
  ),
  wrong(
    'waits for the engine to close',
    'close while it is cut settles, and nothing is told afterwards',
    () => ({
      link: (inner) => ({
        async close() {
          const asked = inner.subscribe('linkspan.all')
          await asked.catch(() => new Promise(() => {}))
          await inner.close()
        },
      }),
    }),
  ),
  wrong(
    'comes back after it was closed',
    'close while it is cut settles, and nothing is told afterwards',
    () => ({
      link: () => ({ async close() {} }),
    }),
  ),
  wrong('tells of an outage that there was not', 'up is told once after open', () => ({
    sink: (inner) => ({
      up(recovered) {
        inner.up(recovered)
        inner.down(new Error('a hiccup'))
        inner.up(recovered)
      },
    }),
  })),
]
