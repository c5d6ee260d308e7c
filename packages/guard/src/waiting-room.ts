import type { Clock } from '@linkspan/core'
import type { Claim, LimitKind } from './connection-claim.js'
import type { ConnectionSlots } from './connection-slots.js'
import { FairQueue } from './fair-queue.js'

interface Waiter {
  readonly claim: Claim
  readonly lane: string
  readonly timer: unknown
  readonly leave: () => void
  /** What it waits for. */
  full: LimitKind
  readonly settle: (full: LimitKind | undefined) => void
}

/** Where handshakes wait for a slot: bounded in number and time, one address after another, left as soon as they end. */
export class WaitingRoom {
  readonly #slots: ConnectionSlots
  readonly #clock: Clock
  readonly #patience: number
  readonly #queue: FairQueue<Waiter>

  /** `patience` in milliseconds, `bound` in handshakes. */
  constructor(slots: ConnectionSlots, clock: Clock, patience: number, bound: number) {
    this.#slots = slots
    this.#clock = clock
    this.#patience = patience
    this.#queue = new FairQueue(bound)
  }

  get size(): number {
    return this.#queue.size
  }

  /** Answers what is full where the wait was in vain; `undefined`: the claim holds its slots, or its connection has ended. */
  wait(claim: Claim, full: LimitKind): Promise<LimitKind | undefined> {
    return new Promise((settle) => {
      const { signal, request } = claim.conn
      const waiter: Waiter = {
        claim,
        lane: this.#slots.addressKey(request.address),
        timer: this.#clock.setTimeout(() => this.#end(waiter, waiter.full), this.#patience),
        leave: () => this.#end(waiter, undefined),
        full,
        settle,
      }
      signal.addEventListener('abort', waiter.leave, { once: true })
      const displaced = this.#queue.add(waiter.lane, waiter)
      if (displaced !== undefined) this.#settle(displaced, displaced.full)
    })
  }

  /** Slots have become free. */
  serve(): void {
    this.#queue.serve((waiter) => {
      const { full } = waiter.claim
      if (full !== undefined) {
        waiter.full = full
        return false
      }
      this.#slots.take(waiter.claim)
      this.#settle(waiter, undefined)
      return true
    })
  }

  #end(waiter: Waiter, full: LimitKind | undefined): void {
    this.#queue.delete(waiter.lane, waiter)
    this.#settle(waiter, full)
  }

  #settle({ claim, timer, leave, settle }: Waiter, full: LimitKind | undefined): void {
    this.#clock.clearTimeout(timer)
    claim.conn.signal.removeEventListener('abort', leave)
    settle(full)
  }
}
