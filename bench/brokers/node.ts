import { type Linkspan, linkspan, type Payload } from '@linkspan/core'
import type { Arrival, Command, Readings, Told } from './contract.js'
import { Counting } from './counting.js'
import { openBroker } from './open-broker.js'
import { visitor } from './visitor.js'

/** Bytes of a message: what was sent when, and padding. */
const SIZE = 256
/** What an item takes beside its message while it waits for the engine. */
const OVERHEAD = 5
/** Messages in one turn of the event loop, as where many connections have something to say. */
const BURST = 256
const MOST_ARRIVALS = 20_000

/** One clock for all processes of the machine, in microseconds. */
const now = (): number => Number(process.hrtime.bigint() / 1_000n)

/** One node: an application on an engine, with one connection. */
export class BenchNode {
  readonly #app: Linkspan<object>
  readonly #broker: Counting
  #pace: NodeJS.Timeout | undefined
  #sent = 0
  #answers: Record<string, number> = {}
  #arrivals: Arrival[] = []
  #received = 0
  #told: Told[] = []

  private constructor(broker: Counting, topics: number) {
    this.#broker = broker
    this.#app = linkspan({ name: 'bench', broker, heartbeat: false, origin: '*' }).use((conn, next) => {
      for (let index = 0; index < topics; index += 1) conn.join(`room-${index}`)
      return next()
    })
    this.#app
      .on('error', () => {})
      .on('broker', ({ status }) => this.#told.push({ at: now(), what: status }))
      .on('gap', ({ missed }) => this.#told.push({ at: now(), what: 'gap', missed }))
  }

  static async open(engine: string, address: string, topics: number): Promise<BenchNode> {
    const node = new BenchNode(new Counting(await openBroker(engine, address)), topics)
    if (topics > 0) {
      const opened = new Promise((resolve) => node.#app.on('open', resolve))
      node.#app.handle(visitor((data) => node.#receive(data)))
      await opened
    }
    await node.#app.ready()
    return node
  }

  async obey(command: Exclude<Command, { do: 'open' }>): Promise<Readings | undefined> {
    switch (command.do) {
      case 'pace':
        this.#begin(command.rate)
        return undefined
      case 'rest':
        clearInterval(this.#pace)
        return undefined
      case 'flood':
        await this.#flood(command.milliseconds, command.topics, command.window)
        return undefined
      case 'read':
        return this.#read()
      case 'leave':
        clearInterval(this.#pace)
        await this.#app.drain({ grace: 1_000 })
        return undefined
    }
  }

  #begin(rate: number): void {
    const begun = performance.now()
    let sent = 0
    // Timers are late on a busy machine: what is due by now is sent.
    this.#pace = setInterval(
      () => {
        for (; sent < ((performance.now() - begun) * rate) / 1_000; sent += 1) this.#send(0)
      },
      Math.max(1, 1_000 / rate),
    )
  }

  async #flood(milliseconds: number, topics: number, window: number): Promise<void> {
    let over = false
    setTimeout(() => {
      over = true
      this.#broker.wake()
    }, milliseconds)
    while (!over) {
      const room = Math.floor((window - this.#app.stats().gauges.broker.bytes) / (SIZE + OVERHEAD))
      for (let count = Math.min(room, BURST); count > 0; count -= 1) this.#send(this.#sent % topics)
      // Waiting for an answer costs nothing; asking again and again would be counted as cost of sending.
      if (room < BURST) await this.#broker.answered()
      await new Promise(setImmediate)
    }
  }

  #send(topic: number): void {
    const bytes = new Uint8Array(SIZE)
    const view = new DataView(bytes.buffer)
    view.setFloat64(0, now())
    view.setUint32(8, this.#sent)
    this.#sent += 1
    const answer = this.#app.to(`room-${topic}`).send(bytes)
    this.#answers[answer] = (this.#answers[answer] ?? 0) + 1
  }

  #receive(data: Payload): void {
    this.#received += 1
    if (!(data instanceof Uint8Array) || this.#arrivals.length >= MOST_ARRIVALS) return
    const view = new DataView(data.buffer, data.byteOffset)
    this.#arrivals.push([view.getUint32(8), view.getFloat64(0), now()])
  }

  #read(): Readings {
    const { user, system } = process.cpuUsage()
    const readings: Readings = {
      at: now(),
      cpu: user + system,
      answers: this.#answers,
      publishes: this.#broker.publishes,
      arrivals: this.#arrivals,
      received: this.#received,
      told: this.#told,
    }
    this.#answers = {}
    this.#broker.publishes = 0
    this.#arrivals = []
    this.#received = 0
    this.#told = []
    return readings
  }
}
