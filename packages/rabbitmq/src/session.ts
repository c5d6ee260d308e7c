import { within } from '@linkspan/core'
import type { Channel, ChannelModel } from 'amqplib'
import { Bindings } from './bindings.js'
import { leave } from './connection.js'
import { rabbitmqError, told } from './errors.js'
import { watchLosses } from './losses.js'
import type { Settings } from './options.js'
import { Publisher } from './publisher.js'

/** What a session tells. */
export interface SessionOwner {
  message(key: string, payload: Uint8Array): void
  /** The queue had no room: something was lost. */
  lost(): void
}

/** Binds on their way at once: measured, more are no faster. */
const LANES = 8

/** What is of this node only, and goes with it. The name is RabbitMQ's, so that no connection that lingers holds it. */
const OWN = { exclusive: true, autoDelete: true, durable: false } as const

/**
 * A node's time with RabbitMQ, from connecting to the first thing that fails, which ends all of it.
 *
 *     outgoing connection ── confirm channel ──▶ exchange
 *     incoming connection ◀── queue ◀── bindings ───┘
 *                         ◀── lost  ◀── what the queue has no room for
 *
 * Two connections, since RabbitMQ stops to read from one that publishes while it is short of memory: on the other, channels
 * can still be subscribed to, and what was published arrives.
 */
export class Session {
  readonly #settings: Settings
  readonly #owner: SessionOwner
  readonly #connecting: Promise<ChannelModel>[] = []
  readonly #models = new Set<ChannelModel>()
  readonly #leaving = new Set<Promise<void>>()
  /** Resolves with why it ended. */
  readonly ended: Promise<Error>
  #resolve!: (error: Error) => void
  #over: Error | undefined
  #publisher: Publisher | undefined
  #bindings: Bindings | undefined

  constructor(settings: Settings, owner: SessionOwner) {
    this.#settings = settings
    this.#owner = owner
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  /** Connects, and declares what is needed. Rejects with a LinkspanError, and has ended then. */
  async open(connect: () => Promise<ChannelModel>): Promise<void> {
    const { clock, connectTimeout } = this.#settings
    const over = this.ended.then((error) => Promise.reject(error))
    try {
      await within(clock, connectTimeout, Promise.race([this.#begin(connect), over]), () =>
        rabbitmqError(`RabbitMQ was not connected to within ${connectTimeout} ms.`),
      )
    } catch (thrown) {
      const error = told(thrown)
      this.end(error)
      throw error
    }
  }

  publish(key: string, payload: Uint8Array): Promise<void> {
    return this.#publisher?.publish(key, payload) ?? notConnected()
  }

  bind(key: string): Promise<void> {
    return this.#bindings?.bind(key) ?? notConnected()
  }

  unbind(key: string): Promise<void> {
    // The queue goes with all that it is bound to.
    return this.#bindings?.unbind(key) ?? Promise.resolve()
  }

  end(error: Error): void {
    if (this.#over !== undefined) return
    this.#over = error
    this.#publisher = undefined
    this.#bindings = undefined
    this.#resolve(error)
    for (const model of this.#models) this.#leave(model)
  }

  /** Resolves when its connections are closed, or cut; one that is still being made is waited for as long. */
  async gone(): Promise<void> {
    const { clock, closeTimeout } = this.#settings
    const connected = Promise.allSettled(this.#connecting)
    await within(clock, closeTimeout, connected, () => rabbitmqError('not connected')).catch(() => {})
    await Promise.all(this.#leaving)
  }

  async #begin(connect: () => Promise<ChannelModel>): Promise<void> {
    const { exchange, queue: bounds } = this.#settings
    const [incoming, outgoing] = await Promise.all([this.#connection(connect), this.#connection(connect)])
    const [control, losses, confirms] = await Promise.all([
      incoming.createChannel(),
      incoming.createChannel(),
      outgoing.createConfirmChannel(),
    ])
    const lanes = await Promise.all(Array.from({ length: LANES }, () => incoming.createChannel()))
    for (const channel of [control, losses, confirms, ...lanes]) this.#watch(channel)
    await control.assertExchange(exchange, 'topic', { durable: true })
    const lost = await control.assertQueue('', { ...OWN, maxLength: 1 })
    const { queue } = await control.assertQueue('', {
      ...OWN,
      maxLength: bounds.messages,
      arguments: { 'x-max-length-bytes': bounds.bytes },
      overflow: bounds.overflow === 'refuse' ? 'reject-publish-dlx' : 'drop-head',
      deadLetterExchange: '',
      deadLetterRoutingKey: lost.queue,
    })
    await watchLosses(losses, lost.queue, this, this.#settings, () => this.#owner.lost())
    await control.consume(
      queue,
      (message) => {
        if (message === null) this.end(deleted())
        else if (this.#over === undefined) this.#owner.message(message.fields.routingKey, message.content)
      },
      { noAck: true, exclusive: true },
    )
    this.#bindings = new Bindings(lanes, queue, exchange)
    this.#publisher = new Publisher(outgoing, confirms, this.#settings)
  }

  #connection(connect: () => Promise<ChannelModel>): Promise<ChannelModel> {
    const connection = this.#connect(connect)
    this.#connecting.push(connection)
    return connection
  }

  async #connect(connect: () => Promise<ChannelModel>): Promise<ChannelModel> {
    const model = await connect()
    // An `error` is followed by a `close`; what follows the end is nobody's business.
    model.on('error', () => {})
    model.on('close', (error?: Error) => this.end(told(error ?? new Error('Unexpected close'))))
    this.#models.add(model)
    if (this.#over === undefined) return model
    this.#leave(model)
    throw this.#over
  }

  #watch(channel: Channel): void {
    let why: Error | undefined
    channel.on('error', (error: Error) => {
      why = error
    })
    // One of a connection that closed is told before the connection itself, which knows why.
    channel.on('close', () => {
      if (why !== undefined) this.end(told(why))
    })
  }

  #leave(model: ChannelModel): void {
    const { clock, closeTimeout } = this.#settings
    const leaving = leave(clock, closeTimeout, model).finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
  }
}

function notConnected(): Promise<never> {
  return Promise.reject(rabbitmqError('there is no connection to RabbitMQ.'))
}

function deleted(): Error {
  return rabbitmqError('RabbitMQ has deleted the queue of this node. It is made anew.')
}
