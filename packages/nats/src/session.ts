import { toError } from '@linkspan/core'
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node'
import { natsError, told } from './errors.js'
import { Rounds } from './rounds.js'
import { subjectOf } from './subject.js'

/** Who hears what arrives. */
export interface Listener {
  message(channel: string, payload: Uint8Array): void
  /** The server has ended a subscription that was in force. */
  revoked(channel: string): void
}

/** A channel that is, or is about to be, subscribed to. */
interface Interest {
  readonly subscription: Subscription
  inForce: boolean
  refusal: Error | undefined
}

/** What one node does with one connection, which the client may lose and make again meanwhile. */
export class Session {
  readonly #connection: NatsConnection
  readonly #listener: Listener
  readonly #rounds: Rounds
  readonly #interests: Map<string, Interest> = new Map()

  constructor(connection: NatsConnection, listener: Listener, maxPending: number) {
    this.#connection = connection
    this.#listener = listener
    this.#rounds = new Rounds(() => connection.flush(), maxPending)
  }

  /** As the server says that it is connected to now. */
  get maxPayload(): number | undefined {
    return this.#connection.info?.max_payload
  }

  /** Resolves when the server has answered. */
  reached(): Promise<void> {
    return this.#rounds.taken(0)
  }

  async publish(channel: string, payload: Uint8Array): Promise<void> {
    const { maxPayload } = this
    const bytes = payload.byteLength
    if (maxPayload !== undefined && bytes > maxPayload) {
      throw natsError(
        `${bytes} bytes are more than the server takes at once: its max_payload is ${maxPayload}.`,
      )
    }
    const subject = subjectOf(channel)
    this.#rounds.admit(bytes)
    try {
      this.#connection.publish(subject, payload)
    } catch (thrown) {
      throw told('NATS took nothing', thrown)
    }
    await this.#rounds.taken(bytes, subject)
  }

  async subscribe(channel: string): Promise<void> {
    this.#rounds.admit(channel.length)
    const interest = this.#interests.get(channel) ?? this.#ask(channel)
    try {
      await this.#rounds.taken(channel.length)
    } catch (error) {
      // Nobody knows whether it came to be: the next attempt asks anew.
      if (!interest.inForce) this.#refuse(channel, interest, toError(error))
      throw error
    }
    if (interest.refusal !== undefined) throw interest.refusal
    // It may have been given up meanwhile.
    interest.inForce = true
  }

  async unsubscribe(channel: string): Promise<void> {
    const interest = this.#interests.get(channel)
    if (interest === undefined) return
    this.#forget(channel, interest)
    // A connection that goes takes its subscriptions with it.
    await this.#rounds.taken(channel.length).catch(() => {})
  }

  /** The server said no to something. */
  refused(error: Error): void {
    if (error.name !== 'PermissionViolationError') {
      this.#rounds.refused(told('NATS refused something', error))
    } else if ('subject' in error && 'operation' in error && error.operation === 'publish') {
      this.#rounds.refused(
        natsError('This user of NATS has no permission to publish there.'),
        String(error.subject),
      )
    }
  }

  /** The connection is gone, perhaps for a while: nothing that was sent will be answered. */
  interrupt(error: Error): void {
    this.#rounds.fail(error)
  }

  /** Gives up every subscription. */
  leave(): void {
    for (const [channel, interest] of this.#interests) this.#forget(channel, interest)
  }

  #ask(channel: string): Interest {
    const callback = (refusal: Error | null, message: Msg): void => {
      if (refusal === null) this.#listener.message(channel, bytesOf(message))
      else this.#revoked(channel, interest)
    }
    const interest: Interest = {
      subscription: this.#subscription(subjectOf(channel), callback),
      inForce: false,
      refusal: undefined,
    }
    this.#interests.set(channel, interest)
    return interest
  }

  #subscription(subject: string, callback: (refusal: Error | null, message: Msg) => void): Subscription {
    try {
      return this.#connection.subscribe(subject, { callback })
    } catch (thrown) {
      throw told('NATS took no subscription', thrown)
    }
  }

  #revoked(channel: string, interest: Interest): void {
    this.#refuse(channel, interest, natsError('This user of NATS has no permission to subscribe there.'))
    if (interest.inForce) this.#listener.revoked(channel)
  }

  /** Also those who have asked for it since then are told. */
  #refuse(channel: string, interest: Interest, refusal: Error): void {
    interest.refusal = refusal
    this.#forget(channel, interest)
  }

  #forget(channel: string, interest: Interest): void {
    if (this.#interests.get(channel) === interest) this.#interests.delete(channel)
    interest.subscription.unsubscribe()
  }
}

/** The client's are Buffers, whose `slice` is not what it is elsewhere. */
function bytesOf({ data }: Msg): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
