import { within } from '@linkspan/core'
import type { Admin, Kafka } from 'kafkajs'
import { ending } from './ending.js'
import { kafkaError } from './errors.js'
import type { Settings } from './options.js'
import type { View } from './positions.js'

/** Asks Kafka where the topic's partitions begin and end: the one question that tells whether it answers at all. */
export class Survey {
  readonly #admin: Admin
  readonly #settings: Settings
  #begun: Promise<void> = Promise.resolve()
  #running: Promise<View> | undefined
  #next: Promise<View> | undefined

  constructor(kafka: Kafka, settings: Settings) {
    this.#admin = kafka.admin({ retry: { retries: 0 } })
    this.#settings = settings
  }

  connect(): Promise<void> {
    this.#begun = this.#admin.connect()
    return this.#begun
  }

  /** The id of the cluster. */
  async cluster(): Promise<string> {
    return (await this.#admin.describeCluster()).clusterId
  }

  /** Answers as it was after the call, or rejects in time. Calls that come while one is asked share the next. */
  look(): Promise<View> {
    if (this.#running === undefined) return this.#ask()
    this.#next ??= this.#running.then(
      () => this.#ask(),
      () => this.#ask(),
    )
    return this.#next
  }

  end(): Promise<void> {
    return ending(this.#admin, this.#begun)
  }

  #ask(): Promise<View> {
    this.#next = undefined
    const asked = this.#view().finally(() => {
      if (this.#running === asked) this.#running = undefined
    })
    this.#running = asked
    return asked
  }

  async #view(): Promise<View> {
    const { clock, timeout, topic } = this.#settings
    const late = (): Error => kafkaError(`Kafka did not answer within ${timeout} ms.`)
    const partitions = await within(clock, timeout, this.#admin.fetchTopicOffsets(topic), late)
    return new Map(
      partitions.map(({ partition, low, high }) => [partition, { low: BigInt(low), high: BigInt(high) }]),
    )
  }
}
