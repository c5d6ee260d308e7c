import { type Linkspan, type LinkspanOptions, type Logger, linkspan } from '@linkspan/core'
import { type MetricsOptions, metrics } from '@linkspan/otel'
import {
  type Attempt,
  type ConnectOptions,
  memoryHost,
  type Peer,
  type TestHost,
  VirtualClock,
} from '@linkspan/testing'
import { onTestFinished } from 'vitest'
import { Meters, type Reading } from './meters.js'

const nothing = (): void => {}
const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** Applications in memory, on a virtual clock, and the SDK that they report to. */
export class Scene {
  readonly clock: VirtualClock = new VirtualClock()
  readonly meters: Meters

  constructor(readers?: number) {
    this.meters = new Meters(readers)
  }

  app(options: LinkspanOptions = {}): Linkspan<{}> {
    return linkspan({ origin: '*', logger: SILENT, clock: this.clock, ...options })
  }

  /** An application that is measured, at its host. */
  async measured(
    app: Linkspan<unknown>,
    options: MetricsOptions = {},
  ): Promise<{ readonly served: Served; readonly end: () => void }> {
    const end = metrics(app, { meterProvider: this.meters.provider, ...options })
    return { served: await this.serve(app), end }
  }

  read(reader?: number): Promise<Reading> {
    return this.meters.read(reader)
  }

  /** Lets time pass, and everything that can happen happen. */
  pass(time = 0): Promise<void> {
    return this.clock.advance(time)
  }

  async serve(app: Linkspan<unknown>): Promise<Served> {
    const host = await memoryHost(app)
    onTestFinished(() => host.close())
    return new Served(host, this.clock)
  }
}

/** An application that clients can come to. */
export class Served {
  readonly #host: TestHost
  readonly #clock: VirtualClock

  constructor(host: TestHost, clock: VirtualClock) {
    this.#host = host
    this.#clock = clock
  }

  /** The status that a client is answered with. */
  async status(options?: ConnectOptions): Promise<number> {
    const answer = await this.#host.connect(options).answer
    await this.#clock.advance(0)
    return answer.upgraded ? 101 : answer.status
  }

  /** A client that is let in. */
  async connect(options?: ConnectOptions): Promise<Peer> {
    const answer = await this.#host.connect(options).answer
    if (!answer.upgraded) throw new Error(`refused: ${answer.status}`)
    await this.#clock.advance(0)
    return answer.peer
  }

  /** A client that has come, and is not answered yet. */
  async come(options?: ConnectOptions): Promise<Attempt> {
    const attempt = this.#host.connect(options)
    await this.#clock.advance(0)
    return attempt
  }
}
