import type { Connection } from '../connection.js'
import type { HeartbeatWheel } from '../heartbeat.js'
import { linkOf } from '../inside.js'
import { badOption } from '../option-checks.js'
import { type Clock, systemClock } from '../ports/clock.js'
import { Watched } from '../watched.js'
import { Explanation } from './explanation.js'
import { Flight, type FlightOwner } from './flight.js'
import type { FlightRecorderOptions } from './flight-recorder.js'
import { Ids } from './ids.js'
import { NUMBERS, WORDS } from './layout.js'
import { Names } from './names.js'
import type { FlightRecorder } from './recorder.js'
import type { Recording } from './recording.js'
import { Shelf, Shelves } from './shelf.js'
import { snapshotOf, unrecorded } from './snapshot.js'
import { Time } from './time.js'
import { type Unexplained, unexplained } from './unexplained.js'

/** Bytes that a flight which is over takes beside its place: its objects, its id, and the longest reason. */
const BESIDE = 768

/** The flights of one application: those under way, and the last that are over. */
export class Book implements FlightRecorder, FlightOwner {
  readonly names: Names = new Names()
  readonly entries: number
  readonly head: number
  readonly #sample: Required<FlightRecorderOptions>['sample']
  readonly #shelves: Shelves
  /** For those that are over: shelves of connections that live are not kept for one of them. */
  readonly #archive: Shelves
  /** How many that are over are kept. */
  readonly #most: number
  /** By id, the oldest first. */
  readonly #over = new Map<string, Flight>()
  readonly #ids = new Ids()
  /** What flights that are forgotten go on writing to. */
  readonly #nowhere: Shelf
  /** On the application's clock. */
  time: Time = new Time(systemClock, undefined)
  #attached = false
  #share = 0

  constructor({ sample, entries, closed, closedBytes }: Required<FlightRecorderOptions>) {
    this.#sample = sample
    this.entries = entries
    this.head = Math.floor(entries / 3)
    this.#shelves = new Shelves(entries)
    this.#archive = new Shelves(entries)
    this.#nowhere = new Shelf(1, entries)
    const bytes = NUMBERS * 8 + entries * WORDS * 4 + BESIDE
    this.#most = Math.min(closed, Math.floor(closedBytes / bytes))
  }

  attach(clock: Clock, wheel: HeartbeatWheel | undefined): void {
    if (this.#attached) throw badOption('recorder takes one of its own for each application.')
    this.#attached = true
    this.time = new Time(clock, wheel)
  }

  watch(conn: Connection<never>): Flight | undefined {
    this.#ids.came(conn.id)
    return this.#isSampled(conn) ? this.#begin(0) : undefined
  }

  record(conn: Connection<never>): boolean {
    const link = linkOf(conn)
    if (link.phase === 'closed') return false
    if (this.#flightOf(conn) !== undefined) return true
    const flight = this.#begin(link.age)
    link.watched = link.watched?.and(flight) ?? new Watched(link.runtime, conn, [flight])
    return true
  }

  explain(id: string, conn: Connection<never> | undefined): Explanation | Unexplained {
    const recording = this.recording(id, conn) ?? (conn === undefined ? undefined : unrecorded(conn))
    return recording === undefined ? unexplained(id, this.#unknown(id)) : new Explanation(recording)
  }

  recording(id: string, conn: Connection<never> | undefined): Recording | undefined {
    const flight = this.#over.get(id) ?? (conn === undefined ? undefined : this.#flightOf(conn))
    const of = flight?.ended ?? conn
    return flight === undefined || of === undefined ? undefined : snapshotOf(flight, of)
  }

  landed(flight: Flight, id: string): void {
    this.#shelves.give(...flight.move(this.#archive.take()))
    this.#over.set(id, flight)
    if (this.#over.size <= this.#most) return
    const [oldest] = this.#over
    if (oldest !== undefined) this.#forget(...oldest)
  }

  #forget(id: string, flight: Flight): void {
    this.#over.delete(id)
    // It may yet be told of an error, of a release that was abandoned for example.
    this.#archive.give(...flight.move([this.#nowhere, 0]))
  }

  #begin(age: number): Flight {
    return new Flight(this, this.#shelves.take(), age)
  }

  #flightOf(conn: Connection<never>): Flight | undefined {
    const watchers = linkOf(conn).watched?.all ?? []
    return watchers.find((watcher): watcher is Flight => watcher instanceof Flight && watcher.pages === this)
  }

  /** What is known of an id of which nothing is kept. */
  #unknown(id: string): string {
    const { prefix } = this.#ids
    if (prefix === undefined) return 'No connection has come to this node yet.'
    if (!id.startsWith(prefix)) {
      return `It is no connection of this node, whose ids begin with ${prefix}: ask the node that it came to.`
    }
    if (!this.#ids.had(id)) return 'This node has had no connection of this id.'
    const kept = this.#most === 0 ? 'none is kept' : `the last ${this.#most.toLocaleString('en')} are kept`
    const why = this.#sample === 1 ? '' : 'it was not recorded, or it is forgotten, for '
    return `It is over, and nothing is known of it any more: ${why}of recordings that are over ${kept}.`
  }

  #isSampled(conn: Connection<never>): boolean {
    if (typeof this.#sample === 'function') return this.#sample(conn as Connection<unknown>)
    this.#share += this.#sample
    if (this.#share < 1) return false
    this.#share -= 1
    return true
  }
}
