import { later, shared, type Wrong, wrong } from './wrong.js'

/** Mistakes about who hears what. */
export const subscribing: readonly Wrong[] = [
  wrong(
    'answers a subscription before it is in force',
    'what is published right after a subscription resolved arrives, time after time',
    () => ({
      link: (inner) => ({
        async subscribe(channel) {
          later(() => inner.subscribe(channel).catch(() => {}))
        },
      }),
    }),
  ),
  wrong(
    'counts subscriptions',
    'asked again for a channel it has, it answers again, and one unsubscribe ends it',
    () => {
      const counts = new Map<string, number>()
      return {
        link: (inner) => ({
          subscribe(channel) {
            counts.set(channel, (counts.get(channel) ?? 0) + 1)
            return inner.subscribe(channel)
          },
          async unsubscribe(channel) {
            counts.set(channel, (counts.get(channel) ?? 0) - 1)
            if ((counts.get(channel) ?? 0) <= 0) await inner.unsubscribe(channel)
          },
        }),
      }
    },
  ),
  wrong(
    'never answers when asked again',
    'asked again for a channel it has, it answers again, and one unsubscribe ends it',
    () => {
      const asked = new Set<string>()
      return {
        link: (inner) => ({
          subscribe(channel) {
            if (asked.has(channel)) return new Promise(() => {})
            asked.add(channel)
            return inner.subscribe(channel)
          },
        }),
      }
    },
  ),
  wrong(
    'unsubscribes from nothing',
    'after an unsubscribe resolved nothing new arrives, and other channels go on',
    () => ({ link: () => ({ async unsubscribe() {} }) }),
  ),
  shared<Set<(channel: string) => Promise<void>>>(
    'unsubscribes all nodes of the broker',
    'an unsubscribe of one node leaves the other nodes their channel',
    () => new Set(),
    (all) => ({
      link(inner) {
        all.add((channel) => inner.unsubscribe(channel).catch(() => {}))
        return {
          async unsubscribe(channel) {
            for (const unsubscribe of all) await unsubscribe(channel)
          },
        }
      },
    }),
  ),
  wrong(
    'takes a subscription that is being given up for one it has',
    'subscribed to again at once, without waiting for the unsubscribe, it is in force when that resolves',
    () => {
      const asked = new Set<string>()
      return {
        link: (inner) => ({
          async subscribe(channel) {
            if (asked.has(channel)) return
            await inner.subscribe(channel)
            asked.add(channel)
          },
          async unsubscribe(channel) {
            await inner.unsubscribe(channel)
            asked.delete(channel)
          },
        }),
      }
    },
  ),
  wrong(
    'unsubscribes later than it is asked',
    'of calls for one channel that race the last one wins: subscribe',
    () => ({
      link: (inner) => ({
        unsubscribe: (channel) =>
          new Promise((resolve, reject) => {
            later(() => inner.unsubscribe(channel).then(resolve, reject))
          }),
      }),
    }),
  ),
  wrong(
    'subscribes later than it is asked',
    'of calls for one channel that race the last one wins: unsubscribe',
    () => ({
      link: (inner) => ({
        subscribe: (channel) =>
          new Promise((resolve, reject) => {
            later(() => inner.subscribe(channel).then(resolve, reject))
          }),
      }),
    }),
  ),
]
