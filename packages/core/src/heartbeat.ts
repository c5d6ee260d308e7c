import type { HeartbeatOptions } from './options.js'
import type { Clock } from './ports/clock.js'

/** What the wheel keeps on each member: four integers, no object and no timer of its own. */
export interface Beating {
  /** The tick in which it last gave a sign of life. */
  seen: number
  /** Pings since then. */
  missed: number
  /** Where it is in the wheel; -1: nowhere. */
  slot: number
  index: number
  /** Whether we have stopped reading from it: its silence says nothing then, but a ping finds out a dead socket. */
  readonly paused: boolean
  beat(): void
  /** Every allowed ping went unanswered. */
  lose(): void
}

/** Ticks in an interval, as long as a tick is not shorter than `SHORTEST`. */
const TICKS = 512
const SHORTEST = 5
/** Members looked at in one tick, at least: more wait where they are for the next tick, so that no sweep stalls the event loop. */
const SLICE = 256

/**
 * One timer for the heartbeats of all connections. Members lie in slots by the tick in which they are due; a tick looks
 * at one slot. Whoever was heard from since is put where it is due next; whoever was not is pinged; whoever has left
 * `misses` pings unanswered is lost. So a busy connection is never pinged, and what a tick costs does not grow
 * with a burst of connections.
 */
export class HeartbeatWheel {
  /** Ticks since the start. */
  now = 0
  readonly #clock: Clock
  /** Milliseconds. */
  readonly tick: number
  readonly #period: number
  readonly #misses: number
  readonly #slots: Beating[][]
  /** Slots whose tick has come, the oldest first, until they are empty. */
  readonly #due: Beating[][] = []
  #size = 0
  #timer: unknown

  constructor({ interval, misses }: HeartbeatOptions, clock: Clock) {
    this.#clock = clock
    this.tick = Math.max(SHORTEST, Math.ceil(interval / TICKS))
    this.#period = Math.ceil(interval / this.tick)
    this.#misses = misses
    // A slice is at least twice what an interval's ticks have to look at, so a slot is empty again within an interval: with
    // two intervals of slots nobody is ever put into one that is still being emptied.
    this.#slots = Array.from({ length: 2 * this.#period + 1 }, () => [])
  }

  /** Whether the one timer runs: it does while there is a member. */
  get running(): boolean {
    return this.#timer !== undefined
  }

  add(member: Beating): void {
    member.seen = this.now
    member.missed = 0
    this.#place(member, this.now + this.#period)
    this.#size += 1
    this.#timer ??= this.#clock.setTimeout(this.#turn, this.tick)
  }

  remove(member: Beating): void {
    if (member.slot < 0) return
    this.#take(member)
    this.#size -= 1
    if (this.#size > 0) return
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  readonly #turn = (): void => {
    this.now += 1
    this.#timer = this.#clock.setTimeout(this.#turn, this.tick)
    const opened = this.#slots[this.now % this.#slots.length] as Beating[]
    if (opened.length > 0) this.#due.push(opened)
    let slice = Math.max(SLICE, Math.ceil((2 * this.#size) / this.#period))
    for (let [members] = this.#due; members !== undefined && slice > 0; [members] = this.#due) {
      const member = members[members.length - 1]
      if (member === undefined) {
        this.#due.shift()
      } else {
        this.#look(member)
        slice -= 1
      }
    }
  }

  #look(member: Beating): void {
    this.#take(member)
    const due = member.seen + this.#period
    if (due > this.now) return this.#place(member, due)
    if (member.missed >= this.#misses && !member.paused) {
      this.#place(member, this.now + this.#period)
      return member.lose()
    }
    member.missed += 1
    this.#place(member, this.now + this.#period)
    member.beat()
  }

  #place(member: Beating, tick: number): void {
    const slot = tick % this.#slots.length
    const members = this.#slots[slot] as Beating[]
    member.slot = slot
    member.index = members.length
    members.push(member)
  }

  /** Takes a member out of its slot; the last one there fills the gap. */
  #take(member: Beating): void {
    const members = this.#slots[member.slot] as Beating[]
    const last = members.pop() as Beating
    if (last !== member) {
      members[member.index] = last
      last.index = member.index
    }
    member.slot = -1
  }
}
