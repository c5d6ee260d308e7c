import { createHash } from 'node:crypto'
import { shortChannel } from '@linkspan/core'

/** Bytes of a routing key, by AMQP 0-9-1 (a short string). */
const LONGEST = 255
/** As a long channel's key looks. */
const HASHED = /^~h\.[0-9a-f]{64}$/

function keyOf(channel: string): string {
  return shortChannel(channel, LONGEST, (name) => createHash('sha256').update(name).digest('hex'))
}

/** Routing keys for channels, and back: a long channel's key is a hash, which says nothing by itself. */
export class RoutingKeys {
  readonly #long = new Map<string, string>()

  of(channel: string): string {
    return keyOf(channel)
  }

  /** The key of a channel from which payloads are expected. */
  expect(channel: string): string {
    const key = keyOf(channel)
    if (key !== channel) this.#long.set(key, channel)
    return key
  }

  forget(channel: string): string {
    const key = keyOf(channel)
    this.#long.delete(key)
    return key
  }

  /** The channel of a payload that arrived; `undefined`: one that was left. */
  channelOf(key: string): string | undefined {
    return this.#long.get(key) ?? (HASHED.test(key) ? undefined : key)
  }
}
