import type { Engine } from './broker-engine.js'
import { brokerError, brokerFailure } from './broker-errors.js'
import { Probe, type ProbeTimes } from './probe.js'

/** What bounds a publisher, in bytes. */
export interface PublisherBounds {
  readonly maxPayload: number
  readonly maxPending: number
}

/** The client that was handed in, as what publishes: whether it stands, and a bound on what it has. */
export class Publisher {
  readonly #engine: Engine
  readonly #bounds: PublisherBounds
  readonly #changed: () => void
  readonly #unwatch: () => void
  readonly #probe: Probe
  /** Calls that wait: a client that loses its connection may keep a command for the next, when nobody wants it any more. */
  readonly #waiting = new Set<(error: Error) => void>()
  /** Bytes that the client has, those given up included. */
  #pending = 0
  #silent = false

  constructor(engine: Engine, bounds: PublisherBounds, times: ProbeTimes, changed: () => void) {
    this.#engine = engine
    this.#bounds = bounds
    this.#changed = changed
    this.#unwatch = engine.watch({
      ready: () => {
        this.#silent = false
        changed()
      },
      lost: () => {
        this.#giveUp(
          brokerError('The Redis client lost its connection before it had an answer to a publish.'),
        )
        changed()
      },
    })
    this.#probe = new Probe(
      () => (engine.ready ? this.#ping() : Promise.resolve()),
      times,
      () => this.#turn(true),
    )
    // A lazy client of ioredis connects when it is first asked something.
    if (!engine.ready) engine.ping().catch(() => {})
  }

  get stands(): boolean {
    return this.#engine.ready && !this.#silent
  }

  publish(channel: string, payload: Uint8Array): Promise<void> {
    const { maxPayload, maxPending } = this.#bounds
    const size = payload.byteLength
    if (size > maxPayload)
      return refused(`A payload has ${size} bytes; redisBroker takes ${maxPayload}. Raise maxPayload`)
    if (!this.#engine.ready)
      return refused('The Redis client has no connection, and nothing is kept for later')
    // One always goes, however large it is.
    if (this.#pending > 0 && this.#pending + size > maxPending)
      return refused(`${this.#pending} bytes wait for Redis already, of ${maxPending} that maxPending allows`)
    this.#pending += size
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject)
      const settled = (): void => {
        this.#pending -= size
        this.#waiting.delete(reject)
      }
      // The same bytes, as the clients want them.
      this.#engine.publish(channel, Buffer.from(payload.buffer, payload.byteOffset, size)).then(
        () => {
          settled()
          this.#probe.heard()
          this.#turn(false)
          resolve()
        },
        (thrown: unknown) => {
          settled()
          reject(brokerFailure('Redis did not take what was published', thrown))
        },
      )
    })
  }

  close(): void {
    this.#unwatch()
    this.#probe.stop()
    this.#giveUp(brokerError('The broker was closed before Redis answered.'))
  }

  async #ping(): Promise<void> {
    await this.#engine.ping()
    this.#turn(false)
  }

  #turn(silent: boolean): void {
    if (this.#silent === silent) return
    this.#silent = silent
    this.#changed()
  }

  #giveUp(error: Error): void {
    for (const reject of this.#waiting) reject(error)
    this.#waiting.clear()
  }
}

function refused(why: string): Promise<never> {
  return Promise.reject(brokerError(`${why}.`))
}
