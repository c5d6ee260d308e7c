import { strict as assert } from 'node:assert'
import type { Broker } from '@linkspan/core'
import { until, within } from '../until.js'
import { fresh } from './behaviour.js'
import type { BrokerHost, BrokerSupports } from './host.js'
import { BrokerNode } from './node.js'

/** What a behaviour is given: what it opens is closed afterwards, and must have been told nothing but the truth. */
export class BrokerStage {
  readonly host: BrokerHost
  readonly supports: BrokerSupports
  /** How long anything may take, in milliseconds of real time. */
  readonly patience: number
  readonly #nodes: BrokerNode[] = []
  readonly #mending: Set<() => Promise<void>> = new Set()
  #disturbed = false

  constructor(host: BrokerHost, supports: BrokerSupports, patience: number) {
    this.host = host
    this.supports = supports
    this.patience = patience
  }

  /** Opens a node, on a broker of its own unless one is given, and does not wait. */
  open(broker: Broker = this.host.broker()): BrokerNode {
    const node = new BrokerNode(broker, this.patience)
    this.#nodes.push(node)
    return node
  }

  /** Opens a node and waits until it is up. */
  async join(broker?: Broker): Promise<BrokerNode> {
    const node = this.open(broker)
    await this.until(() => node.isUp, 'up was told after open')
    return node
  }

  until(holds: () => boolean, what: string): Promise<void> {
    return until(holds, what, this.patience)
  }

  within<Value>(promise: Promise<Value>, what: string): Promise<Value> {
    return within(promise, what, this.patience)
  }

  /**
   * Waits until what the one has published before would have arrived at the other: round trips on a channel of their
   * own, some more than one, as engines keep the order within a channel only.
   */
  async quiet(from: BrokerNode, to: BrokerNode): Promise<void> {
    const channel = `linkspan.topic.~.${fresh()}`
    await to.insist(channel)
    for (let round = 0; round < 5; round += 1) {
      await from.press(channel, String(round))
      await to.hears(channel, String(round))
    }
    await to.unsubscribe(channel)
  }

  /** Cuts all connections until `mend`, at the latest at the end of the test. */
  async cut(): Promise<void> {
    const { host } = this
    assert.ok(host.cut && host.mend, 'the host has no cut and mend: declare supports.cut as false')
    await this.#disturb(host.cut.bind(host), host.mend.bind(host))
  }

  mend(): Promise<void> {
    return this.#undo()
  }

  /** Makes the engine hang until `unstall`, at the latest at the end of the test. */
  async stall(): Promise<void> {
    const { host } = this
    assert.ok(
      host.stall && host.unstall,
      'the host has no stall and unstall: declare supports.stall as false',
    )
    await this.#disturb(host.stall.bind(host), host.unstall.bind(host))
  }

  unstall(): Promise<void> {
    return this.#undo()
  }

  /** Lets what is due happen, without waiting for time. */
  async turns(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
  }

  /** Ends everything, and checks what its sinks were told. */
  async end(): Promise<void> {
    try {
      await this.#undo()
      for (const node of this.#nodes) this.#check(node)
    } finally {
      await Promise.all(this.#nodes.map((node) => node.close()))
    }
    // What was on its way when they left.
    await this.turns()
    for (const node of this.#nodes) node.check()
  }

  async #disturb(begin: () => Promise<void>, end: () => Promise<void>): Promise<void> {
    this.#disturbed = true
    this.#mending.add(end)
    await begin()
  }

  async #undo(): Promise<void> {
    const mending = [...this.#mending]
    this.#mending.clear()
    for (const mend of mending) await mend()
  }

  #check(node: BrokerNode): void {
    node.check()
    if (this.#disturbed) return
    assert.equal(node.count('down'), 0, 'down was told, and nothing had been cut')
    assert.equal(node.count('gap'), 0, 'gap was told, and nothing was lost')
  }
}
