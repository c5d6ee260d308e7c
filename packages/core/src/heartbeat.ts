import type { HeartbeatOptions } from './pace.js'
import type { Clock } from './ports/clock.js'

/** What the wheel keeps on each member: a few integers, no object and no timer of its own. */
export interface Beating {
  /** How often it is to be pinged. */
  pace: HeartbeatOptions
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
const SLICE = 200
/** The most ticks that one firing of the timer counts. */
const LATE = 4

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
  /** Of the shortest interval there can be. */
  readonly #period: number
  readonly #slots: Beating[][]
  /** Slots whose tick has come, the oldest first, until they are empty. */
  readonly #due: Beating[][] = []
  #size = 0
  #timer: unknown
  /** When tick 0 was, or would have been. */
  #origin = 0

  /** `paces`: all that members may have. */
  constructor(paces: readonly HeartbeatOptions[], clock: Clock) {
    const intervals = paces.map(({ interval }) => interval)
    const shortest = Math.min(...intervals)
    this.#clock = clock
    this.tick = Math.max(SHORTEST, Math.ceil(shortest / TICKS))
    this.#period = this.#ticksOf(shortest)
    // A slice is at least twice what an interval's ticks have to look at, so a slot is empty again within an interval: with
    // two intervals of slots nobody is ever put into one that is still being emptied.
    const slots = 2 * this.#ticksOf(Math.max(...intervals)) + 1
    this.#slots = Array.from({ length: slots }, () => [])
  }

  /** Whether the one timer runs: it does while there is a member. */
  get running(): boolean {
    return this.#timer !== undefined
  }

  add(member: Beating): void {
    member.seen = this.now
    member.missed = 0
    this.#place(member, this.now + this.#ticksOf(member.pace.interval))
    this.#size += 1
    if (this.#timer !== undefined) return
    this.#origin = this.#clock.monotonic() - this.now * this.tick
    this.#timer = this.#clock.setTimeout(this.#turn, this.tick)
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
    // Timers come a little late where the event loop is busy, and that is made up for. A stall is not: it is ours, and no
    // silence of our peers.
    const elapsed = Math.floor((this.#clock.monotonic() - this.#origin) / this.tick)
    const now = Math.min(Math.max(elapsed, this.now + 1), this.now + LATE)
    if (now < elapsed) this.#origin += (elapsed - now) * this.tick
    const delay = this.#origin + (now + 1) * this.tick - this.#clock.monotonic()
    this.#timer = this.#clock.setTimeout(this.#turn, Math.max(1, Math.ceil(delay)))
    while (this.now < now) {
      this.now += 1
      const opened = this.#slots[this.now % this.#slots.length] as Beating[]
      if (opened.length > 0) this.#due.push(opened)
    }
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
    const due = member.seen + this.#ticksOf(member.pace.interval)
    if (due > this.now) return this.#place(member, due)
    if (member.missed >= member.pace.misses && !member.paused) {
      this.#place(member, this.now + this.#ticksOf(member.pace.interval))
      return member.lose()
    }
    member.missed += 1
    this.#place(member, this.now + this.#ticksOf(member.pace.interval))
    member.beat()
  }

  #ticksOf(interval: number): number {
    return Math.ceil(interval / this.tick)
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
