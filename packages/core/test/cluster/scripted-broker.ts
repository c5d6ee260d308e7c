import { memoryBroker } from '../../src/memory-broker.js'
import type { Broker, BrokerLink, BrokerSink } from '../../src/ports/broker.js'

/** What was asked of the engine. */
export interface Asked {
  readonly call: 'publish' | 'subscribe' | 'unsubscribe' | 'close'
  readonly channel: string
  readonly payload: Uint8Array
}

/**
 * What the engine does. `take`, `refuse`: and says so. `swallow`: takes it, and never answers. `hang`: neither. `deny`:
 * takes it, and says that it has not. `lose`: says that it has, and has not.
 */
export type Verdict = 'take' | 'refuse' | 'swallow' | 'hang' | 'deny' | 'lose'

const NOTHING = new Uint8Array()

/** A link that does to each call what the test says; all of them are written down. */
export class ScriptedLink implements BrokerLink {
  readonly sink: BrokerSink
  readonly asked: Asked[] = []
  /** What the engine believes that this node listens to. */
  readonly channels: Set<string> = new Set()
  maxPayload: number
  script: (asked: Asked) => Verdict = () => 'take'
  readonly #inner: BrokerLink

  constructor(sink: BrokerSink, inner: BrokerLink) {
    this.sink = sink
    this.#inner = inner
    this.maxPayload = inner.maxPayload
  }

  publish(channel: string, payload: Uint8Array): Promise<void> {
    const asked = { call: 'publish', channel, payload } as const
    return this.#ask(asked, () => this.#inner.publish(channel, payload))
  }

  subscribe(channel: string): Promise<void> {
    return this.#ask({ call: 'subscribe', channel, payload: NOTHING }, () => {
      this.channels.add(channel)
      return this.#inner.subscribe(channel)
    })
  }

  unsubscribe(channel: string): Promise<void> {
    return this.#ask({ call: 'unsubscribe', channel, payload: NOTHING }, () => {
      this.channels.delete(channel)
      return this.#inner.unsubscribe(channel)
    })
  }

  close(): Promise<void> {
    return this.#ask({ call: 'close', channel: '', payload: NOTHING }, () => this.#inner.close())
  }

  /** How often something was asked for, of one channel where it is named. */
  count(call: Asked['call'], channel?: string): number {
    return this.asked.filter((one) => one.call === call && (channel ?? one.channel) === one.channel).length
  }

  async #ask(asked: Asked, take: () => Promise<void>): Promise<void> {
    this.asked.push(asked)
    const verdict = this.script(asked)
    if (verdict === 'take' || verdict === 'swallow' || verdict === 'deny') await take()
    if (verdict === 'hang' || verdict === 'swallow') await new Promise<never>(() => {})
    if (verdict === 'refuse' || verdict === 'deny') throw new Error('the engine says no')
  }
}

/** Puts scripted links before a broker: a memory broker of its own, unless told otherwise. */
export class ScriptedBroker implements Broker {
  readonly links: ScriptedLink[] = []
  readonly #inner: Broker

  constructor(inner: Broker = memoryBroker()) {
    this.#inner = inner
  }

  open(sink: BrokerSink): BrokerLink {
    const link = new ScriptedLink(sink, this.#inner.open(sink))
    this.links.push(link)
    return link
  }

  /** The link of the node that was opened as the `index`th. */
  link(index = 0): ScriptedLink {
    const link = this.links[index]
    if (link === undefined) throw new Error(`there is no link ${index}`)
    return link
  }
}
