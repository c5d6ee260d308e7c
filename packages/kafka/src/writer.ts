import type { Kafka, Producer } from 'kafkajs'
import { ending } from './ending.js'
import { kafkaError, told } from './errors.js'
import type { Settings } from './options.js'
import { partitionOf } from './partition.js'

/** The header that says which node has written a record. */
export const NODE = 'n'

/** Bytes that may wait while a request is on its way. */
const WAITING = 16_777_216

/** What Kafka adds to a payload and its key, about. */
const OVERHEAD = 64

interface Entry {
  readonly key: string
  readonly value: Buffer
  resolve(): void
  reject(error: Error): void
}

/**
 * Writes records: what comes while a request is on its way travels in the next one, so nothing lingers and no record has a
 * request of its own under load. One request at a time keeps each channel in order, also where one is tried again; it may
 * be taken twice then, which readers tell by its number.
 */
export class Writer {
  readonly #producer: Producer
  readonly #topic: string
  readonly #maxPayload: number
  readonly #headers: { readonly [NODE]: string }
  #begun: Promise<void> = Promise.resolve()
  #waiting: Entry[] = []
  #flying: readonly Entry[] = []
  #bytes = 0
  #sending = false
  #ended = false

  constructor(kafka: Kafka, { topic, maxPayload }: Settings, node: string) {
    this.#topic = topic
    this.#maxPayload = maxPayload
    this.#headers = { [NODE]: node }
    this.#producer = kafka.producer({
      createPartitioner:
        () =>
        ({ message, partitionMetadata }) =>
          partitionOf(String(message.key), partitionMetadata.length),
      retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 500 },
    })
  }

  connect(): Promise<void> {
    this.#begun = this.#producer.connect()
    return this.#begun
  }

  /** Resolves when all replicas in sync have it. */
  write(key: string, payload: Uint8Array): Promise<void> {
    const { byteLength, byteOffset, buffer } = payload
    if (this.#bytes > 0 && this.#bytes + byteLength > WAITING)
      return Promise.reject(kafkaError(`More than ${WAITING} bytes wait for Kafka already.`))
    return new Promise((resolve, reject) => {
      this.#bytes += byteLength
      this.#waiting.push({ key, value: Buffer.from(buffer, byteOffset, byteLength), resolve, reject })
      if (!this.#sending) void this.#send()
    })
  }

  /** Rejects what waits and what is on its way: whether that was taken is not known. */
  end(reason: Error): Promise<void> {
    this.#ended = true
    for (const { reject } of [...this.#flying, ...this.#waiting]) reject(reason)
    this.#flying = []
    this.#waiting = []
    return ending(this.#producer, this.#begun)
  }

  async #send(): Promise<void> {
    this.#sending = true
    // What is written in one turn of the loop travels together.
    await Promise.resolve()
    while (!this.#ended && this.#waiting.length > 0) {
      const batch = this.#take()
      this.#flying = batch
      const failure = await this.#deliver(batch)
      for (const { value, resolve, reject } of batch) {
        this.#bytes -= value.byteLength
        if (failure === undefined) resolve()
        else reject(failure)
      }
    }
    this.#flying = []
    this.#sending = false
  }

  /** As many as fit one request to one partition, should they all go there. */
  #take(): readonly Entry[] {
    let size = 0
    let count = 0
    for (const { value, key } of this.#waiting) {
      size += value.byteLength + key.length + OVERHEAD
      if (count > 0 && size > this.#maxPayload) break
      count += 1
    }
    return this.#waiting.splice(0, count)
  }

  async #deliver(batch: readonly Entry[]): Promise<Error | undefined> {
    const messages = batch.map(({ key, value }) => ({ key, value, headers: this.#headers }))
    try {
      await this.#producer.send({ topic: this.#topic, acks: -1, messages })
      return undefined
    } catch (thrown) {
      return told(thrown)
    }
  }
}
