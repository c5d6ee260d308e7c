import type { Connection } from '../connection.js'
import type { Message } from '../message.js'
import type { Payload } from '../ports/transport.js'
import {
  ALL_IN,
  ALL_IN_BYTES,
  ALL_OUT,
  ALL_OUT_BYTES,
  CLOSING,
  FROM,
  HEARD,
  PINGED,
  PONG_FIRST,
  PONG_LAST,
  PONGS,
  RTT,
  WALL,
} from './layout.js'
import { Page, type Pages, type Several } from './page.js'
import { runsOf } from './runs.js'
import type { Shelf } from './shelf.js'
import type { Time } from './time.js'
import { type Kind, kindOf, wordOf } from './words.js'

/** Runs of messages end after a second, or after an eighth of the connection's age: the longer ago, the coarser. */
const RUN = 1_000
const SHARE = 8

/**
 * What is written down of one connection, in a place of its own on a shelf. Messages and pongs are only counted: a run of
 * them becomes an entry when something else happens, or after a while.
 *
 * All times are whole milliseconds since the connection arrived. What every message touches is a small integer in a field,
 * which engines write without an allocation, and faster than into a typed array.
 */
export class Track extends Page {
  readonly #time: Time
  readonly #arrived: number
  /** When the runs are to become entries. */
  #until = 0
  #inFirst = 0
  #inLast = 0
  #in = 0
  #inBytes = 0
  #inBinary = 0
  #inSize = 0
  #outFirst = 0
  #outLast = 0
  #out = 0
  #outBytes = 0

  /** `age`: how long ago the connection has arrived, in milliseconds. */
  constructor(pages: Pages, place: readonly [Shelf, number], age: number) {
    super(pages, place)
    this.#time = pages.time
    const from = Math.floor(age)
    this.#arrived = this.#time.exact() - from
    this.write(WALL, Math.floor(this.#time.wall) - from)
    this.write(FROM, from)
    this.write(HEARD, from)
    this.write(PINGED, -1)
    this.write(CLOSING, -1)
  }

  received(_conn: Connection<never>, message: Message): void {
    let now = this.#time.rough - this.#arrived
    if (now >= this.#until) now = this.#begin()
    const { size } = message
    if (this.#in === 0) this.#inFirst = now
    this.#inLast = now
    this.#inSize = size
    this.#in += 1
    this.#inBytes += size
    if (message.kind === 'binary') this.#inBinary += 1
  }

  sent(_conn: Connection<never>, data: Payload): void {
    let now = this.#time.rough - this.#arrived
    if (now >= this.#until) now = this.#begin()
    if (this.#out === 0) this.#outFirst = now
    this.#outLast = now
    this.#out += 1
    // Its UTF-8 would have to be counted; what is ASCII has as many bytes.
    this.#outBytes += typeof data === 'string' ? data.length : data.byteLength
  }

  ponged(_conn: Connection<never>, rtt: number): void {
    const now = this.age
    if (now >= this.#until) this.#begin()
    if (this.read(PONGS) === 0) this.write(PONG_FIRST, now)
    this.write(PONG_LAST, now)
    this.write(HEARD, now)
    this.write(RTT, rtt)
    this.write(PONGS, this.read(PONGS) + 1)
    this.pingedAt = -1
  }

  /** When the peer was last heard of. */
  get heard(): number {
    return Math.max(this.read(HEARD), this.#inLast)
  }

  /** The runs of messages. */
  get counted(): { readonly received: Several; readonly sent: Several } {
    const kind = this.#inBinary === 0 ? 0 : this.#inBinary === this.#in ? 1 : 2
    return {
      received: {
        word: wordOf('received', kind),
        first: this.#inFirst,
        last: this.#inLast,
        count: this.#in,
        bytes: this.#inBytes,
        extra: this.#inSize,
      },
      sent: {
        word: wordOf('sent', 0),
        first: this.#outFirst,
        last: this.#outLast,
        count: this.#out,
        bytes: this.#outBytes,
        extra: 0,
      },
    }
  }

  /** Milliseconds since the connection arrived. */
  protected get age(): number {
    return this.#time.exact() - this.#arrived
  }

  /** When the ping went out that nobody has answered; -1: there is none. */
  protected get pingedAt(): number {
    return this.read(PINGED)
  }

  protected set pingedAt(time: number) {
    this.write(PINGED, time)
  }

  /** Writes an entry: `beside` is what fits beside its kind. */
  protected note(kind: Kind, beside = 0, a = 0, b = 0, c = 0, d = 0): void {
    const now = this.age
    this.flush()
    if (kind === 'closing') this.appendClosing(now, wordOf(kind, beside), a, b, c, d)
    else this.append(now, wordOf(kind, beside), a, b, c, d)
  }

  /** Writes an entry, or counts one more in the last one, if that is the same but for bytes and depth. */
  protected again(kind: Kind, beside: number, bytes = 0, depth = 0, now: number = this.age): void {
    this.flush()
    this.merge({ word: wordOf(kind, beside), first: now, last: now, count: 1, bytes, extra: depth })
  }

  /** Turns the runs so far into entries. */
  protected flush(): void {
    if (this.#until === 0) return
    this.#until = 0
    for (const run of runsOf(this)) {
      // An idle connection has nothing but answered pings: they are one entry, for however long.
      if (kindOf(run.word) === 'heartbeat') this.merge(run)
      else this.appendAll(run)
    }
    this.write(ALL_IN, this.read(ALL_IN) + this.#in)
    this.write(ALL_IN_BYTES, this.read(ALL_IN_BYTES) + this.#inBytes)
    this.write(ALL_OUT, this.read(ALL_OUT) + this.#out)
    this.write(ALL_OUT_BYTES, this.read(ALL_OUT_BYTES) + this.#outBytes)
    this.write(PONGS, 0)
    this.#in = 0
    this.#inBytes = 0
    this.#inBinary = 0
    this.#out = 0
    this.#outBytes = 0
  }

  /** Runs begin anew, at the time that it answers. */
  #begin(): number {
    const now = this.age
    this.flush()
    this.#until = now + Math.max(RUN, Math.floor(now / SHARE))
    return now
  }
}
