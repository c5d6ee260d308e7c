import { type Linkspan, type LinkspanOptions, memoryBroker } from '@linkspan/core'
import type { Behaviour, Stage } from '@linkspan/testing'

/** One node of an application, which can be cut off from the others. */
export interface FleetNode {
  readonly app: Linkspan<{}>
  cut(): void
  /** Resolves when it hears the others again. */
  mend(): Promise<void>
}

/** The nodes of one application: each a server of its own, with a broker in memory between them. */
export class Fleet {
  readonly #stage: Stage
  readonly #hub = memoryBroker()
  readonly #apps: Linkspan<{}>[] = []

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** A node that hears the others. */
  async start(options: LinkspanOptions = {}): Promise<FleetNode> {
    const app = this.#stage.app({ heartbeat: false, broker: this.#hub, ...options })
    // What an outage is reported as.
    this.#stage.record(app).expectErrors('LINKSPAN_BROKER')
    this.#apps.push(app)
    const link = [...this.#hub.nodes][this.#apps.length - 1]
    if (link === undefined) throw new Error('the application has not joined the broker')
    await app.ready()
    const cut = (): void => this.#hub.cut(link)
    const mend = async (): Promise<void> => {
      this.#hub.mend(link)
      await app.ready()
    }
    return { app, cut, mend }
  }

  /** Ends every node: it leaves nothing behind. */
  async end(): Promise<void> {
    for (const app of this.#apps) {
      for (const conn of app.connections) conn.terminate()
      await this.#stage.until(() => app.connections.size === 0, 'all connections of the node are over')
      await app.drain()
    }
  }
}

/** Something that the nodes of an application do together, whatever the transport. */
export function together(name: string, run: (stage: Stage, fleet: Fleet) => Promise<void>): Behaviour {
  return {
    name,
    async run(stage) {
      const fleet = new Fleet(stage)
      await run(stage, fleet)
      await fleet.end()
    },
  }
}
