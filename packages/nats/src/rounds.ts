import { natsError, told } from './errors.js'

/** What a message costs beside its bytes. */
const OVERHEAD = 100

/** What the server said no to: one subject, or, without one, nobody knows what. */
interface Refusal {
  readonly subject: string | undefined
  readonly error: Error
}

/** One round trip, which answers everything that was sent in one turn of the loop. */
class Round {
  bytes = 0
  readonly refusals: Refusal[] = []
  readonly answered: Promise<void>
  #resolve!: () => void
  #reject!: (error: Error) => void

  constructor() {
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  settle(error: Error | undefined): void {
    if (error === undefined) this.#resolve()
    else this.#reject(error)
  }
}

/**
 * How NATS takes something: it says nothing to it. A ping that is sent behind it is answered when the server has read both,
 * and what it refused it has said before.
 */
export class Rounds {
  readonly #flush: () => Promise<void>
  readonly #limit: number
  readonly #under: Set<Round> = new Set()
  #next: Round | undefined
  #bytes = 0

  /** `limit`: bytes that may wait for an answer. */
  constructor(flush: () => Promise<void>, limit: number) {
    this.#flush = flush
    this.#limit = limit
  }

  /** @throws LinkspanError where too much waits for an answer already. Called before sending. */
  admit(bytes: number): void {
    if (this.#bytes > 0 && this.#bytes + bytes + OVERHEAD > this.#limit) {
      throw natsError(
        `${this.#bytes} bytes wait for an answer of NATS already, and maxPending is ${this.#limit}.`,
      )
    }
  }

  /**
   * Resolves when the server has taken what was just sent; rejects where it refused it, by name or perhaps, and where the
   * connection went before it answered.
   */
  async taken(bytes: number, subject?: string): Promise<void> {
    this.#next ??= this.#begin()
    const round = this.#next
    round.bytes += bytes + OVERHEAD
    this.#bytes += bytes + OVERHEAD
    await round.answered
    const refusal = round.refusals.find((one) => one.subject === undefined || one.subject === subject)
    if (refusal !== undefined) throw refusal.error
  }

  /** The server refused something that was sent and not yet answered. */
  refused(error: Error, subject?: string): void {
    for (const round of this.#under) round.refusals.push({ subject, error })
  }

  /** Nothing that was sent will be answered. */
  fail(error: Error): void {
    for (const round of this.#under) this.#end(round, error)
  }

  #begin(): Round {
    const round = new Round()
    this.#under.add(round)
    // All that this turn sends goes before the ping.
    queueMicrotask(() => void this.#trip(round))
    return round
  }

  async #trip(round: Round): Promise<void> {
    this.#next = undefined
    try {
      await this.#flush()
      // What the client says of refusals has passed through its iterator by then.
      setImmediate(() => this.#end(round))
    } catch (thrown) {
      this.#end(round, told('NATS did not answer', thrown))
    }
  }

  #end(round: Round, error?: Error): void {
    if (this.#under.delete(round)) this.#bytes -= round.bytes
    round.settle(error)
  }
}
