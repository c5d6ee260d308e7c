import type { Broker, BrokerLink, BrokerSink } from '@linkspan/core'

interface Entry {
  readonly channel: string
  readonly payload: Uint8Array
}

/** A broker with a log: nodes that were away go on where they were. It keeps what they wanted, too. */
export class LogBroker {
  readonly #log: Entry[] = []
  readonly #nodes: Set<LogNode> = new Set()
  #away = false

  /** A binding that is cut with the others, or one that never is. */
  broker(cuttable: boolean): Broker {
    return {
      open: (sink) => {
        const node = new LogNode(this.#log, sink, cuttable, () => {
          for (const one of this.#nodes) one.read()
        })
        this.#nodes.add(node)
        node.away = cuttable && this.#away
        queueMicrotask(() => node.tell())
        return node
      },
    }
  }

  cut(): void {
    this.#turn(true)
  }

  mend(): void {
    this.#turn(false)
  }

  #turn(away: boolean): void {
    this.#away = away
    for (const node of this.#nodes) {
      if (!node.cuttable) continue
      node.away = away
      node.tell()
      node.read()
    }
  }
}

class LogNode implements BrokerLink {
  readonly maxPayload = 65_536
  readonly cuttable: boolean
  away = false
  readonly #log: Entry[]
  readonly #sink: BrokerSink
  readonly #published: () => void
  readonly #channels: Set<string> = new Set()
  #cursor: number
  #left = false

  constructor(log: Entry[], sink: BrokerSink, cuttable: boolean, published: () => void) {
    this.#log = log
    this.#sink = sink
    this.#published = published
    this.#cursor = log.length
    this.cuttable = cuttable
  }

  tell(): void {
    if (this.#left) return
    if (this.away) this.#sink.down(new Error('the log is away'))
    else this.#sink.up(true)
  }

  read(): void {
    while (!this.away && !this.#left && this.#cursor < this.#log.length) {
      const entry = this.#log[this.#cursor]
      this.#cursor += 1
      if (entry && this.#channels.has(entry.channel)) {
        this.#sink.message(entry.channel, Uint8Array.from(entry.payload))
      }
    }
  }

  async publish(channel: string, payload: Uint8Array): Promise<void> {
    this.#check()
    this.#log.push({ channel, payload: Uint8Array.from(payload) })
    queueMicrotask(this.#published)
  }

  async subscribe(channel: string): Promise<void> {
    this.#check()
    this.read()
    this.#channels.add(channel)
  }

  async unsubscribe(channel: string): Promise<void> {
    this.#check()
    this.read()
    this.#channels.delete(channel)
  }

  async close(): Promise<void> {
    this.#left = true
  }

  #check(): void {
    if (this.away || this.#left) throw new Error('the log is away')
  }
}
