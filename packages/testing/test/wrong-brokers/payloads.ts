import { shared, type Wrong, wrong } from './wrong.js'

/** Mistakes about bytes. */
export const payloads: readonly Wrong[] = [
  wrong('takes bytes for text', 'every byte value arrives as it was published', () => ({
    link: (inner) => ({
      publish: (channel, payload) => inner.publish(channel, Buffer.from(Buffer.from(payload).toString())),
    }),
  })),
  wrong('takes an empty payload for none', 'an empty payload arrives as it was published', () => ({
    link: (inner) => ({
      publish: async (channel, payload) => {
        if (payload.byteLength > 0) await inner.publish(channel, payload)
      },
    }),
  })),
  wrong(
    'sends the whole buffer of a part',
    'a payload that is part of a larger buffer arrives as that part',
    () => ({
      link: (inner) => ({
        publish: (channel, payload) => inner.publish(channel, new Uint8Array(payload.buffer)),
      }),
    }),
  ),
  wrong('refuses exactly maxPayload', 'a payload of maxPayload bytes arrives', () => ({
    link: (inner) => ({
      async publish(channel, payload) {
        if (payload.byteLength >= inner.maxPayload) throw new Error('too large')
        await inner.publish(channel, payload)
      },
    }),
  })),
  wrong(
    'drops what is too large and says nothing',
    'a payload of one byte more is refused or arrives, and the link works on',
    () => ({
      link: (inner) => ({
        publish: (channel, payload) => inner.publish(channel, payload).catch(() => {}),
      }),
    }),
  ),
  wrong(
    'loses its connection over what is too large',
    'a payload of one byte more is refused or arrives, and the link works on',
    () => ({
      link: (inner, sink) => ({
        async publish(channel, payload) {
          if (payload.byteLength > inner.maxPayload) sink.down(new Error('maximum payload violation'))
          await inner.publish(channel, payload)
        },
      }),
    }),
  ),
  shared<Uint8Array[]>(
    "hands the publisher's own bytes on",
    'what the publisher does with its bytes afterwards changes nothing that arrived',
    () => [],
    (published) => ({
      link: (inner) => ({
        publish(channel, payload) {
          published.push(payload)
          return inner.publish(channel, payload)
        },
      }),
      sink: (inner) => ({
        message: (channel, payload) => inner.message(channel, published.shift() ?? payload),
      }),
    }),
  ),
  wrong(
    'reads into one buffer again and again',
    'bytes that arrived do not change when others arrive',
    () => {
      const pool = new Uint8Array(65_536)
      return {
        sink: (inner) => ({
          message(channel, payload) {
            pool.set(payload)
            inner.message(channel, pool.subarray(0, payload.byteLength))
          },
        }),
      }
    },
  ),
  shared<Map<string, Uint8Array>>(
    'gives all nodes the same bytes',
    'bytes that arrived belong to the node: changing them changes nothing elsewhere',
    () => new Map(),
    (arrived) => ({
      sink: (inner) => ({
        message(channel, payload) {
          const known = arrived.get(channel) ?? payload
          arrived.set(channel, known)
          inner.message(channel, known)
        },
      }),
    }),
  ),
]
