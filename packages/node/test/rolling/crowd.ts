import { EventEmitter, once } from 'node:events'
import { Random } from '@linkspan/testing'
import { Visit } from './visit.js'

/** Milliseconds over which a client that may come back at once spreads its return. */
const JITTER = 1_000

/** What became of a crowd's clients since they were counted last. */
export interface Comings {
  /** Close codes, and what else ended a connection, by how often. */
  readonly ends: Readonly<Record<string, number>>
  /** Attempts to come back. */
  readonly attempts: number
  /** Answers 503. */
  readonly refused: number
  /** Attempts in the busiest second, wherever it begins. */
  readonly busiestSecond: number
  /** Milliseconds from the end of a connection to its replacement: the longest, and the median. */
  readonly longestWait: number
  readonly medianWait: number
  /** Clients that were given another session than theirs, or whose session has forgotten a visit or made one up. */
  readonly lost: number
}

/** One client, whatever the number of its connections. */
interface Client {
  cookie: string | undefined
  /** As the server has last counted them. */
  visits: number
  /** Visits since then: one whose answer never came may have been counted. */
  uncounted: number
}

/** Clients that stay connected: whoever is told to leave comes back as it was told to. */
export class Crowd {
  readonly #port: number
  readonly #random = new Random(1)
  readonly #changes = new EventEmitter()
  readonly #visits = new Set<Visit>()
  #ends: Record<string, number> = {}
  #attempts: number[] = []
  #refused = 0
  #waits: number[] = []
  #lost = 0
  #open = 0
  #over = false

  constructor(port: number) {
    this.#port = port
  }

  get open(): number {
    return this.#open
  }

  /** Resolves when so many are connected and have their session, and nobody is on the way. */
  async gathered(count: number): Promise<void> {
    while (this.#open !== count) await once(this.#changes, 'change')
  }

  /** Adds clients, so many on the way at once. */
  async add(count: number, atOnce: number): Promise<void> {
    for (let added = 0; added < count; added += atOnce) {
      const before = this.#open
      for (let one = 0; one < atOnce; one += 1) {
        this.#come({ cookie: undefined, visits: 0, uncounted: 0 })
      }
      await this.gathered(before + atOnce)
    }
  }

  /** What happened since the last time. */
  take(): Comings {
    const waits = this.#waits.sort((one, other) => one - other)
    const comings: Comings = {
      ends: this.#ends,
      attempts: this.#attempts.length,
      refused: this.#refused,
      busiestSecond: busiest(this.#attempts, 1_000),
      longestWait: Math.round(waits.at(-1) ?? 0),
      medianWait: Math.round(waits[waits.length >> 1] ?? 0),
      lost: this.#lost,
    }
    this.#ends = {}
    this.#attempts = []
    this.#refused = 0
    this.#waits = []
    this.#lost = 0
    return comings
  }

  leave(): void {
    this.#over = true
    for (const visit of this.#visits) visit.cut()
  }

  /** `lostAt`: when the connection ended that this one replaces. */
  #come(client: Client, lostAt?: number): void {
    if (this.#over) return
    if (lostAt !== undefined) this.#attempts.push(performance.now())
    let open = false
    const visit = new Visit(this.#port, client.cookie, {
      accepted: (cookie = client.cookie) => {
        if (client.cookie !== undefined && cookie !== client.cookie) this.#lost += 1
        client.cookie = cookie
        client.uncounted += 1
      },
      counted: (visits) => {
        if (visits <= client.visits || visits > client.visits + client.uncounted) this.#lost += 1
        client.visits = visits
        client.uncounted = 0
        open = true
        this.#open += 1
        if (lostAt !== undefined) this.#waits.push(performance.now() - lostAt)
        this.#changes.emit('change')
      },
      refused: (retryAfter) => {
        this.#visits.delete(visit)
        this.#refused += 1
        this.#comeBack(client, retryAfter * 1_000, lostAt)
      },
      closed: (end) => {
        this.#visits.delete(visit)
        if (open) this.#open -= 1
        this.#ends[end] = (this.#ends[end] ?? 0) + 1
        this.#changes.emit('change')
        this.#comeBack(client, 0, lostAt !== undefined && !open ? lostAt : performance.now())
      },
    })
    this.#visits.add(visit)
  }

  #comeBack(client: Client, after: number, lostAt: number | undefined): void {
    setTimeout(() => this.#come(client, lostAt), after + this.#random.next() * JITTER)
  }
}

/** The most instants that lie within any window of a length. */
function busiest(instants: readonly number[], window: number): number {
  let most = 0
  let first = 0
  instants.forEach((instant, index) => {
    while (instant - (instants[first] ?? instant) >= window) first += 1
    most = Math.max(most, index - first + 1)
  })
  return most
}
