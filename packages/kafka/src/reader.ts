import { randomUUID } from 'node:crypto'
import type { Batch, Consumer, Kafka } from 'kafkajs'
import { ending } from './ending.js'
import { told } from './errors.js'
import type { Settings } from './options.js'

/** What a reader needs to know, and whom it tells. */
export interface ReaderOwner {
  /** The next offset to read. */
  position(partition: number): bigint
  arrived(batch: Batch): void
  /** It has ended by itself. */
  crashed(error: Error): void
}

/** Attempts after which a reader gives up, and a new one begins in a group of its own. */
const RETRIES = 10

/**
 * A consumer of all partitions, alone in a group of its own: kafkajs reads in no other way. Nothing is committed: where to
 * read is the node's to know. A group that has lost its one member waits for it; so a new reader takes a new group.
 */
export class Reader {
  readonly #consumer: Consumer
  readonly #owner: ReaderOwner
  readonly #topic: string
  #begun: Promise<void> = Promise.resolve()
  #state: 'new' | 'reading' | 'ended' = 'new'

  constructor(kafka: Kafka, { topic, group, maxFetchBytes, fetchWait }: Settings, owner: ReaderOwner) {
    this.#topic = topic
    this.#owner = owner
    this.#consumer = kafka.consumer({
      groupId: `${group}.${randomUUID()}`,
      maxBytes: maxFetchBytes,
      maxBytesPerPartition: Math.min(1_048_576, maxFetchBytes),
      maxWaitTimeInMs: fetchWait,
      sessionTimeout: 30_000,
      rebalanceTimeout: 10_000,
      // A transaction of somebody else would hold back what stands behind it.
      readUncommitted: true,
      retry: {
        retries: RETRIES,
        initialRetryTime: 100,
        maxRetryTime: 1_000,
        restartOnFailure: async () => false,
      },
    })
  }

  /** Connects. Where Kafka may create topics, this creates it. */
  connect(): Promise<void> {
    const connect = async (): Promise<void> => {
      await this.#consumer.connect()
      await this.#consumer.subscribe({ topics: [this.#topic] })
    }
    this.#begun = connect()
    return this.#begun
  }

  /** Begins to read where the owner says. Resolves when Kafka has given it the partitions. */
  run(): Promise<void> {
    const joined = new Promise<void>((resolve, reject) => {
      this.#consumer.on('consumer.group_join', ({ payload }) => {
        if (this.#state === 'new') this.#state = 'reading'
        for (const partition of payload.memberAssignment[this.#topic] ?? []) {
          this.seek(partition, this.#owner.position(partition))
        }
        resolve()
      })
      this.#consumer.on('consumer.crash', ({ payload }) => {
        reject(told(payload.error))
        if (this.#state === 'ended') return
        this.#state = 'ended'
        this.#owner.crashed(told(payload.error))
      })
    })
    this.#begun = this.#consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch, isStale }) => {
        if (this.#state === 'reading' && !isStale()) this.#owner.arrived(batch)
      },
    })
    this.#begun.catch(() => {})
    return joined
  }

  /** Goes on there. Before it reads it does nothing: its owner is asked when it begins. */
  seek(partition: number, offset: bigint): void {
    if (this.#state !== 'reading') return
    this.#consumer.seek({ topic: this.#topic, partition, offset: String(offset) })
  }

  end(): Promise<void> {
    this.#state = 'ended'
    return ending(this.#consumer, this.#begun)
  }
}
