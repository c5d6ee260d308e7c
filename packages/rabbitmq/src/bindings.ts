import type { Channel } from 'amqplib'
import { told } from './errors.js'

/** What was asked about one key, and is not answered yet. */
interface Asked {
  readonly bound: boolean
  readonly lane: Channel
  readonly answer: Promise<void>
}

/**
 * What a node's queue is bound to. amqplib has one question at a time on each of its channels: several of them, in turn,
 * are how many questions are on their way at once. All about one key go through one of them, so that the last one counts.
 */
export class Bindings {
  readonly #lanes: readonly Channel[]
  readonly #queue: string
  readonly #exchange: string
  /** Also bounds what waits: of one key, whoever asks the same again gets the same answer. */
  readonly #asked = new Map<string, Asked>()
  #turn = 0

  constructor(lanes: readonly Channel[], queue: string, exchange: string) {
    this.#lanes = lanes
    this.#queue = queue
    this.#exchange = exchange
  }

  bind(key: string): Promise<void> {
    return this.#ask(key, true)
  }

  unbind(key: string): Promise<void> {
    return this.#ask(key, false)
  }

  #ask(key: string, bound: boolean): Promise<void> {
    const before = this.#asked.get(key)
    if (before?.bound === bound) return before.answer
    const lane = before?.lane ?? this.#nextLane()
    const asked: Asked = { bound, lane, answer: this.#tell(lane, key, bound) }
    this.#asked.set(key, asked)
    const answered = (): void => {
      if (this.#asked.get(key) === asked) this.#asked.delete(key)
    }
    asked.answer.then(answered, answered)
    return asked.answer
  }

  #nextLane(): Channel {
    this.#turn = (this.#turn + 1) % this.#lanes.length
    return this.#lanes[this.#turn] as Channel
  }

  async #tell(lane: Channel, key: string, bound: boolean): Promise<void> {
    try {
      if (bound) await lane.bindQueue(this.#queue, this.#exchange, key)
      else await lane.unbindQueue(this.#queue, this.#exchange, key)
    } catch (thrown) {
      throw told(thrown)
    }
  }
}
