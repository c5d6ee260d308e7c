import { type Clock, within } from '@linkspan/core'
import type { Engine, Line, Place, Places, Survey } from './broker-engine.js'
import { brokerError, brokerFailure } from './broker-errors.js'
import { kindOf } from './errors.js'
import { Probe, type ProbeTimes } from './probe.js'

/** What is told of all connections that subscribe. */
export interface HearingEvents {
  message(channel: string, payload: Uint8Array): void
  gap(channel: string): void
  /** One of them is over, so all are. Told once, and neither before `begin` has resolved nor after `end`. */
  lost(error: Error): void
}

/** How often in a row channels may fail to follow their slots. */
const STRAYS = 5

interface Held {
  readonly line: Line
  readonly probe: Probe
}

/**
 * The connections that subscribe, from the moment all stand until the first is lost: one, or for sharded pub/sub in a
 * cluster one to each master, between which channels follow their slots.
 */
export class Hearing {
  readonly #engine: Engine
  readonly #times: ProbeTimes
  readonly #events: HearingEvents
  readonly #lines = new Map<string, Held>()
  /** Where each channel is subscribed. */
  readonly #channels = new Map<string, string>()
  /** Those that may not be heard where they are any more. */
  readonly #doubtful = new Set<string>()
  readonly #survey: Set<Survey> = new Set()
  #places: Places | undefined
  #layout: string | undefined
  #follow: Promise<void> | undefined
  #watch: unknown
  #strays = 0
  #stands = false
  #ended = false

  constructor(engine: Engine, times: ProbeTimes, events: HearingEvents) {
    this.#engine = engine
    this.#times = times
    this.#events = events
  }

  /** Rejects, and has ended everything, where not all stand within the deadline. */
  async begin(): Promise<void> {
    try {
      await this.#within(this.#connect(), 'connecting')
      // One may be lost while others are still connecting.
      if (this.#ended) throw brokerError('Redis ended a connection as soon as it stood.')
      this.#stands = true
    } catch (thrown) {
      this.end()
      throw brokerFailure('Redis cannot be subscribed at', thrown)
    }
  }

  async subscribe(channel: string): Promise<void> {
    const { address } = this.#placeOf(channel)
    this.#channels.set(channel, address)
    await this.#lineAt(address)
      .subscribe(channel)
      .catch((thrown: unknown) => {
        if (kindOf(thrown) === 'MOVED') this.#doubt(address)
        throw thrown
      })
  }

  async unsubscribe(channel: string): Promise<void> {
    const address = this.#channels.get(channel)
    if (address === undefined) return
    this.#channels.delete(channel)
    this.#doubtful.delete(channel)
    await this.#lineAt(address).unsubscribe(channel)
  }

  end(): void {
    this.#ended = true
    this.#clock.clearTimeout(this.#watch)
    for (const survey of this.#survey) survey.end()
    for (const address of [...this.#lines.keys()]) this.#drop(address)
  }

  get #clock(): Clock {
    return this.#times.clock
  }

  async #connect(): Promise<void> {
    // The layout first: what moves while we look shows as a difference afterwards.
    this.#layout = await this.#engine.layout()
    await this.#look()
    if (this.#layout !== undefined) this.#watchLayout(this.#times.every)
  }

  /** Finds the places, and has a connection to each. */
  async #look(): Promise<Places> {
    const survey = this.#engine.survey()
    this.#survey.add(survey)
    try {
      this.#places = await survey.places
    } finally {
      this.#survey.delete(survey)
    }
    await Promise.all(this.#places.all.map((place) => this.#dial(place)))
    return this.#places
  }

  async #dial(place: Place): Promise<void> {
    const { address } = place
    if (this.#ended || this.#lines.has(address)) return
    const line = place.dial({
      message: (channel, payload) => {
        probe.heard()
        this.#events.message(channel, payload)
      },
      lost: (cause) => this.#lose(brokerFailure('Redis ended a connection that subscribes', cause)),
      moved: () => this.#doubt(address),
    })
    const probe = new Probe(
      () => line.ping(),
      this.#times,
      () =>
        this.#lose(
          brokerError(`Redis said nothing for ${this.#times.timeout} ms on a connection that subscribes.`),
        ),
    )
    this.#lines.set(address, { line, probe })
    await line.ready
  }

  #drop(address: string): void {
    const held = this.#lines.get(address)
    this.#lines.delete(address)
    held?.probe.stop()
    held?.line.end()
  }

  #lose(error: Error): void {
    if (this.#ended) return
    this.end()
    // Before all stand it is `begin` that tells.
    if (this.#stands) this.#events.lost(error)
  }

  #placeOf(channel: string): Place {
    if (this.#places === undefined || this.#ended) throw brokerError('Redis is not connected.')
    return this.#places.of(channel)
  }

  #lineAt(address: string): Line {
    const held = this.#lines.get(address)
    if (held === undefined) throw brokerError('Redis is not connected.')
    return held.line
  }

  /** A slot has left this master: which it was, and which channels it had, is not always told. */
  #doubt(address: string): void {
    for (const [channel, at] of this.#channels) if (at === address) this.#doubtful.add(channel)
    this.#layout = ''
    this.#followSlots()
    // One that is on its way may have looked too early.
    this.#watchLayout(Math.min(1_000, this.#times.every))
  }

  /** Asks again and again which slots are where: not every client tells of every move. */
  #watchLayout(delay: number): void {
    this.#clock.clearTimeout(this.#watch)
    if (this.#ended) return
    this.#watch = this.#clock.setTimeout(() => {
      this.#followSlots()
      this.#watchLayout(this.#times.every)
    }, delay)
  }

  /** One at a time. */
  #followSlots(): void {
    this.#follow ??= this.#within(this.#compare(), 'looking where slots are')
      .then(() => {
        this.#strays = 0
      })
      .catch((thrown: unknown) => this.#stray(thrown))
      .finally(() => {
        this.#follow = undefined
      })
  }

  /** While slots move, nodes answer from what they knew: what went wrong is looked at again soon. */
  #stray(thrown: unknown): void {
    this.#layout = ''
    this.#strays += 1
    if (this.#strays < STRAYS) this.#watchLayout(Math.min(1_000, this.#times.every))
    else this.#lose(brokerFailure('Channels could not follow their slots', thrown))
  }

  async #compare(): Promise<void> {
    // Which node answers is the client's choice; one that cannot be asked is no reason to leave those that stand.
    const layout = await this.#engine.layout().catch(() => this.#layout)
    if ((layout === this.#layout && this.#doubtful.size === 0) || this.#ended) return
    const places = await this.#look()
    for (const [channel, before] of [...this.#channels]) {
      const { address } = places.of(channel)
      if (!this.#channels.has(channel) || (address === before && !this.#doubtful.has(channel))) continue
      // Where it still is, this changes nothing; where it is not, Redis refuses, and there is another look.
      await this.#lineAt(address).subscribe(channel)
      this.#doubtful.delete(channel)
      if (address === before) continue
      this.#channels.set(channel, address)
      this.#events.gap(channel)
    }
    const needed = new Set(places.all.map(({ address }) => address))
    for (const address of [...this.#lines.keys()]) if (!needed.has(address)) this.#drop(address)
    this.#layout = layout
  }

  #within<Value>(promise: Promise<Value>, what: string): Promise<Value> {
    const { clock, timeout } = this.#times
    return within(clock, timeout, promise, () =>
      brokerError(`Redis did not answer within ${timeout} ms while ${what}.`),
    )
  }
}
