import type { Events } from '../../src/events.js'
import { type MemoryBroker, memoryBroker } from '../../src/memory-broker.js'
import type { LinkspanOptions } from '../../src/options.js'
import { Bench, type Pair } from '../fake.js'
import { FakeClock } from '../fake-clock.js'
import { ScriptedBroker } from './scripted-broker.js'

type Told = {
  readonly [Name in 'broker' | 'gap' | 'node']: Parameters<Events[Name]>[0][]
}

/** One node of an application. */
export interface Node {
  readonly bench: Bench
  readonly told: Told
}

/** Several nodes of one application, on one clock, with one broker between them. */
export class Nodes {
  readonly clock: FakeClock = new FakeClock()
  readonly hub: MemoryBroker = memoryBroker()
  /** Before the hub: each node's link, in the order in which they were started. */
  readonly broker: ScriptedBroker = new ScriptedBroker(this.hub)
  readonly #options: LinkspanOptions

  constructor(options: LinkspanOptions = {}) {
    this.#options = options
  }

  /** A node that is up. */
  async start(node: string, options: LinkspanOptions = {}): Promise<Node> {
    const { clock } = this
    const cluster = { node, ...this.#options.cluster, ...options.cluster }
    const bench = Bench.open({ clock, broker: this.broker, ...this.#options, ...options, cluster })
    const told: Told = { broker: [], gap: [], node: [] }
    bench.app.on('broker', (change) => told.broker.push(change))
    bench.app.on('gap', (gap) => told.gap.push(gap))
    bench.app.on('node', (change) => told.node.push(change))
    bench.app.message((conn, message) => {
      conn.to('lobby').send(message)
    })
    await this.pass()
    return { bench, told }
  }

  /** Lets time pass. */
  async pass(time = 0): Promise<void> {
    for (let turns = 0; turns < 4; turns += 1) await this.clock.advance(0)
    await this.clock.advance(time)
    for (let turns = 0; turns < 4; turns += 1) await this.clock.advance(0)
  }

  /** A client of a node, in the lobby. */
  async visitor({ bench }: Node): Promise<Pair<{}>> {
    const pair = await bench.connect()
    pair.conn.join('lobby')
    await this.pass()
    return pair
  }
}
