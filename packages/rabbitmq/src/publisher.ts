import type { ChannelModel, ConfirmChannel } from 'amqplib'
import { rabbitmqError, told } from './errors.js'
import type { Settings } from './options.js'

type Reject = (error: Error) => void

const BLOCKED =
  'RabbitMQ takes no messages: it is short of memory or disk. Look at its alarms (rabbitmq-diagnostics alarms).'

/** Publishes with confirms: what resolves was routed to all queues that are bound. */
export class Publisher {
  readonly #channel: ConfirmChannel
  readonly #settings: Settings
  /** Who waits for an answer. */
  readonly #waiting = new Set<Reject>()
  /** What amqplib holds, also where nobody waits for it any more. */
  #messages = 0
  #bytes = 0
  #blocked = false

  constructor(connection: ChannelModel, channel: ConfirmChannel, settings: Settings) {
    this.#channel = channel
    this.#settings = settings
    connection.on('blocked', () => this.#block())
    connection.on('unblocked', () => {
      this.#blocked = false
    })
  }

  publish(key: string, payload: Uint8Array): Promise<void> {
    const { exchange, pending } = this.#settings
    // Nothing that is written now is read before the alarm ends, which may be hours: better to know at once.
    if (this.#blocked) return Promise.reject(rabbitmqError(BLOCKED))
    if (this.#messages >= pending.messages || this.#bytes + payload.byteLength > pending.bytes) {
      return Promise.reject(rabbitmqError(`${this.#messages} payloads wait for RabbitMQ already.`))
    }
    return new Promise((resolve, reject) => {
      const content = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
      this.#channel.publish(exchange, key, content, { persistent: false }, (error: unknown) => {
        this.#messages -= 1
        this.#bytes -= content.byteLength
        this.#waiting.delete(reject)
        if (error === null) resolve()
        else reject(refused(error))
      })
      // Past what throws where the channel has ended.
      this.#messages += 1
      this.#bytes += content.byteLength
      this.#waiting.add(reject)
    })
  }

  #block(): void {
    this.#blocked = true
    for (const reject of this.#waiting) reject(rabbitmqError(BLOCKED))
    this.#waiting.clear()
  }
}

function refused(error: unknown): Error {
  if (error instanceof Error && error.message === 'message nacked') {
    return rabbitmqError('RabbitMQ refused a payload: the queue of a node is full, or it could not keep it.')
  }
  return told(error)
}
