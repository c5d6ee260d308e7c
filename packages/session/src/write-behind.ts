import { backoff, type Clock, spread } from '@linkspan/core'

/** Something that has to reach the store. */
export interface Work {
  /** Whether there is anything left to do. */
  readonly dirty: boolean
  /** When trying again makes no sense any more, by the clock's `now`. */
  readonly expiresAt: number
  /** Does what is due at this time, once. Rejects where the store failed: it is then tried again. */
  run(): Promise<void>
  /** Nothing is left to do; or, with `false`, its time is over, and it was given up. */
  settled(done: boolean): void
}

/** What a write-behind queue is told, all of it in milliseconds or whole numbers. */
export interface WriteBehindOptions {
  readonly clock: Clock
  /** From the first change to its write. */
  readonly delay: number
  /** So many that wait, and more are written at once. */
  readonly most: number
  readonly onFailure: (thrown: unknown) => void
}

/** How many ask the store at once. */
const PARALLEL = 64
/** The first and the longest pause before another try, in milliseconds. */
const BACKOFF = { first: 100, longest: 5_000 }

interface Slot {
  timer: unknown
  failures: number
  running: Promise<void> | undefined
}

/**
 * Writes later what changes now: changes of one thing that come within the delay are one write, and no two writes of one
 * thing are ever under way. What fails is tried again, after pauses that grow, until its time is over.
 */
export class WriteBehind {
  readonly #options: WriteBehindOptions
  readonly #slots = new Map<Work, Slot>()
  readonly #ready: (() => void)[] = []
  #running = 0
  retries = 0

  constructor(options: WriteBehindOptions) {
    this.#options = options
  }

  /** What waits or is being written. */
  get size(): number {
    return this.#slots.size
  }

  get full(): boolean {
    return this.#slots.size >= this.#options.most
  }

  /** Something has changed. */
  later(work: Work): void {
    if (this.#slots.has(work)) return
    const delay = this.full ? 0 : this.#options.delay
    this.#wait(work, this.#slot(work), delay)
  }

  /** Writes everything that has changed until now. Rejects where that failed; it is tried again nevertheless. */
  async now(work: Work): Promise<void> {
    await this.#slots.get(work)?.running?.catch(nothing)
    if (!work.dirty) return
    const slot = this.#slot(work)
    await (slot.running ?? this.#start(work, slot))
  }

  /** Writes everything, for at most `timeout` milliseconds. Answers how much is left: 0, unless the store failed. */
  async flush(timeout: number): Promise<number> {
    const { clock } = this.#options
    const deadline = clock.monotonic() + timeout
    for (let pause = BACKOFF.first; ; pause = Math.min(pause * 2, BACKOFF.longest)) {
      const round = Promise.all([...this.#slots.keys()].map((work) => this.now(work).catch(nothing)))
      await this.#upTo(deadline, round)
      if (this.#slots.size === 0 || clock.monotonic() >= deadline) return this.#slots.size
      // What changed meanwhile is written at once; what failed gets a pause.
      if ([...this.#slots.values()].some(({ failures }) => failures > 0)) {
        await this.#upTo(Math.min(deadline, clock.monotonic() + pause))
      }
    }
  }

  #slot(work: Work): Slot {
    let slot = this.#slots.get(work)
    if (slot === undefined) {
      slot = { timer: undefined, failures: 0, running: undefined }
      this.#slots.set(work, slot)
    }
    return slot
  }

  #wait(work: Work, slot: Slot, delay: number): void {
    slot.timer = this.#options.clock.setTimeout(() => void this.#start(work, slot).catch(nothing), delay)
  }

  #start(work: Work, slot: Slot): Promise<void> {
    this.#options.clock.clearTimeout(slot.timer)
    const running = this.#limited(() => work.run())
    slot.running = running.then(
      () => this.#succeeded(work, slot),
      (thrown: unknown) => {
        this.#failed(work, slot, thrown)
        throw thrown
      },
    )
    return slot.running
  }

  #succeeded(work: Work, slot: Slot): void {
    slot.running = undefined
    slot.failures = 0
    if (work.dirty) this.#wait(work, slot, this.#options.delay)
    else this.#settle(work, true)
  }

  #failed(work: Work, slot: Slot, thrown: unknown): void {
    slot.running = undefined
    slot.failures += 1
    this.#options.onFailure(thrown)
    if (!work.dirty) return this.#settle(work, true)
    if (this.#options.clock.now() >= work.expiresAt) return this.#settle(work, false)
    this.retries += 1
    // Spread, so that many do not come back in step, and without chance, so that it can be replayed.
    this.#wait(work, slot, Math.ceil(backoff(BACKOFF, slot.failures - 1, spread(this.retries))))
  }

  #settle(work: Work, done: boolean): void {
    this.#slots.delete(work)
    work.settled(done)
  }

  /** Runs a task as soon as fewer than {@link PARALLEL} do. */
  async #limited(task: () => Promise<void>): Promise<void> {
    if (this.#running >= PARALLEL) await new Promise<void>((resolve) => this.#ready.push(resolve))
    else this.#running += 1
    try {
      await task()
    } finally {
      // Whoever waits takes this one's place.
      const next = this.#ready.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }

  /** Resolves with the promise, or at the deadline; without a promise, at the deadline. */
  async #upTo(deadline: number, promise?: Promise<unknown>): Promise<void> {
    const { clock } = this.#options
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, Math.max(0, deadline - clock.monotonic()))
      void promise?.then(() => {
        clock.clearTimeout(timer)
        resolve()
      })
    })
  }
}

function nothing(): void {}
