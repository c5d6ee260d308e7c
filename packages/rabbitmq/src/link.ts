import { type BrokerLink, type BrokerSink, Pauses } from '@linkspan/core'
import type { ChannelModel } from 'amqplib'
import { Backoff } from './backoff.js'
import { rabbitmqError, told } from './errors.js'
import type { Settings } from './options.js'
import { RoutingKeys } from './routing-keys.js'
import { Session } from './session.js'

/** One node's way to RabbitMQ: one session after another, with a wait between them. */
export class RabbitmqLink implements BrokerLink {
  readonly maxPayload: number
  readonly #connect: () => Promise<ChannelModel>
  readonly #settings: Settings
  readonly #sink: BrokerSink
  readonly #keys = new RoutingKeys()
  readonly #backoff: Backoff
  readonly #pauses: Pauses
  readonly #life: Promise<void>
  #session: Session | undefined
  #closed = false
  /** Whether `down` was the last that was told. */
  #down = false

  constructor(connect: () => Promise<ChannelModel>, settings: Settings, sink: BrokerSink) {
    this.maxPayload = settings.maxPayload
    this.#connect = connect
    this.#settings = settings
    this.#sink = sink
    this.#backoff = new Backoff(settings)
    this.#pauses = new Pauses(settings.clock)
    this.#life = this.#live()
  }

  publish(channel: string, payload: Uint8Array): Promise<void> {
    if (payload.byteLength > this.maxPayload) {
      // RabbitMQ would close the channel, and with it whatever else is on its way.
      return Promise.reject(rabbitmqError(`a payload has more than maxPayload, ${this.maxPayload} bytes.`))
    }
    return this.#session?.publish(this.#keys.of(channel), payload) ?? away()
  }

  subscribe(channel: string): Promise<void> {
    return this.#session?.bind(this.#keys.expect(channel)) ?? away()
  }

  unsubscribe(channel: string): Promise<void> {
    const key = this.#keys.forget(channel)
    return this.#session?.unbind(key) ?? Promise.resolve()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#pauses.wake()
    this.#session?.end(rabbitmqError('this node has left.'))
    await this.#life
  }

  async #live(): Promise<void> {
    const { clock } = this.#settings
    // Nothing is told, nor asked, before the caller has the link.
    await Promise.resolve()
    while (!this.#closed) {
      let lasted = 0
      const session = new Session(this.#settings, {
        message: (key, payload) => this.#arrived(key, payload),
        lost: () => {
          if (!this.#closed) this.#sink.gap()
        },
      })
      this.#session = session
      try {
        await session.open(this.#connect)
        const since = clock.monotonic()
        this.#up()
        const why = await session.ended
        lasted = clock.monotonic() - since
        this.#fell(why)
      } catch (thrown) {
        this.#fell(told(thrown))
      }
      this.#session = undefined
      if (this.#closed) await session.gone()
      else await this.#pauses.wait(this.#backoff.next(lasted))
    }
  }

  #arrived(key: string, payload: Uint8Array): void {
    const channel = this.#keys.channelOf(key)
    if (channel !== undefined && !this.#closed) this.#sink.message(channel, payload)
  }

  #up(): void {
    if (this.#closed) return
    this.#down = false
    this.#sink.up(false)
  }

  #fell(error: Error): void {
    if (this.#closed || this.#down) return
    this.#down = true
    this.#sink.down(error)
  }
}

function away(): Promise<never> {
  return Promise.reject(rabbitmqError('RabbitMQ cannot be reached.'))
}
