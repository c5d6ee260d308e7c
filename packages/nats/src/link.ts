import { type BrokerLink, type BrokerSink, backoff, type Clock, Pauses } from '@linkspan/core'
import type { NatsConnection, Status } from '@nats-io/transport-node'
import { natsError, told } from './errors.js'
import { Session } from './session.js'

/** Milliseconds of the first and the longest pause between attempts to connect. */
const PAUSES = { first: 100, longest: 5_000 }
/** What every engine takes. */
const LEAST_PAYLOAD = 65_536

const OVER = 'The connection to NATS was closed.'
const HANDED_IN =
  'It was handed in, and is not made again: set maxReconnectAttempts to -1, or hand in a function.'

/** Where a link gets its connections from. */
export interface Source {
  connect(): Promise<NatsConnection>
  /** What `connect` answers is ours: to be replaced, and ended. */
  readonly owned: boolean
  readonly maxPending: number
  readonly clock: Clock
}

/** One application's way to NATS: sees to it that there is a connection, and tells how it goes. */
export class NatsLink implements BrokerLink {
  readonly #sink: BrokerSink
  readonly #source: Source
  #connection: NatsConnection | undefined
  #session: Session | undefined
  /** Nothing has been told at first. */
  #up: boolean | undefined
  #closed = false
  readonly #pauses: Pauses
  #wake: () => void = () => {}

  constructor(sink: BrokerSink, source: Source) {
    this.#sink = sink
    this.#source = source
    this.#pauses = new Pauses(source.clock)
    // The sink hears nothing before `open` has returned.
    queueMicrotask(() => void this.#keep())
  }

  get maxPayload(): number {
    return Math.max(LEAST_PAYLOAD, this.#session?.maxPayload ?? LEAST_PAYLOAD)
  }

  async publish(channel: string, payload: Uint8Array): Promise<void> {
    await this.#reached().publish(channel, payload)
  }

  async subscribe(channel: string): Promise<void> {
    await this.#reached().subscribe(channel)
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.#session?.unsubscribe(channel)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#wake()
    this.#pauses.wake()
    this.#session?.interrupt(natsError('The link to NATS was closed.'))
    if (this.#source.owned) await this.#connection?.close().catch(() => {})
    else this.#session?.leave()
  }

  #reached(): Session {
    if (this.#session !== undefined && this.#up === true && !this.#closed) return this.#session
    throw natsError(this.#closed ? 'The link to NATS was closed.' : 'NATS cannot be reached at the moment.')
  }

  /** One connection after the other, as long as the link is open. Never rejects. */
  async #keep(): Promise<void> {
    for (let failures = 0; !this.#closed; failures += 1) {
      try {
        const connection = await this.#source.connect()
        if (await this.#use(connection)) failures = 0
      } catch (thrown) {
        this.#tellDown(told('NATS cannot be connected to', thrown))
      }
      if (!this.#source.owned) return
      if (!this.#closed) await this.#pauses.wait(backoff(PAUSES, failures, Math.random()))
    }
  }

  /** Until the connection is over for good. Answers whether the server was ever reached. */
  async #use(connection: NatsConnection): Promise<boolean> {
    const { owned, maxPending } = this.#source
    const session = new Session(connection, this, maxPending)
    try {
      if (this.#closed || connection.isClosed()) return false
      this.#connection = connection
      this.#session = session
      return await this.#follow(connection.status(), session)
    } finally {
      this.#session = undefined
      this.#connection = undefined
      const error = natsError(owned ? OVER : `${OVER} ${HANDED_IN}`)
      session.interrupt(error)
      this.#tellDown(error)
      if (owned) await connection.close().catch(() => {})
    }
  }

  async #follow(statuses: AsyncIterable<Status>, session: Session): Promise<boolean> {
    let reached = false
    const up = (): void => {
      reached = true
      if (this.#session === session) this.#tellUp()
    }
    this.#wake = () => end(statuses)
    // The connection is made already; one that was handed in may just have been lost.
    void session.reached().then(up, () => {})
    for await (const status of statuses) {
      if (this.#closed) break
      if (status.type === 'error') session.refused(status.error)
      if (status.type === 'reconnect') up()
      if (status.type === 'disconnect') {
        const error = natsError('The connection to NATS was lost.')
        session.interrupt(error)
        this.#tellDown(error)
      }
      // The client waits until it has written what the server does not read: that may be never.
      if (status.type === 'staleConnection' && this.#source.owned) break
    }
    return reached
  }

  message(channel: string, payload: Uint8Array): void {
    if (!this.#closed) this.#sink.message(channel, payload)
  }

  revoked(channel: string): void {
    if (!this.#closed) this.#sink.gap(channel)
  }

  #tellUp(): void {
    if (this.#up === true || this.#closed) return
    this.#up = true
    this.#sink.up(false)
  }

  #tellDown(error: Error): void {
    if (this.#up === false || this.#closed) return
    this.#up = false
    this.#sink.down(error)
  }
}

/** Ends the client's list of what happens, which otherwise goes on for as long as the connection lives. */
function end(statuses: AsyncIterable<Status>): void {
  if ('stop' in statuses && typeof statuses.stop === 'function') statuses.stop()
}
