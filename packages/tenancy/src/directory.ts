import { type Clock, type Log, Rejection, within, wordless } from '@linkspan/core'
import { Bounded } from './bounded.js'

/** Lookups at once: more tenants than that are not asked for by honest clients in one deadline. */
const MOST_LOOKUPS = 1_000
/** The longest that a tenant is taken for unknown, in milliseconds: it may just have been made. */
const UNKNOWN_FOR = 5_000

/** How tenants are looked up. Times in milliseconds. */
export interface Lookup<Known> {
  readonly known: (id: string) => Known | Promise<Known>
  readonly timeout: number
  readonly remember: number
  /** Answers remembered; as many again of those that are not known. */
  readonly most: number
  readonly clock: Clock
  readonly log: Log
}

interface Remembered<Known> {
  readonly answer: Known
  readonly until: number
}

/**
 * Who is a tenant. Several who ask for one at once are answered by one lookup. What cannot be looked up refuses with 503,
 * and is not remembered.
 */
export class Directory<Known> {
  readonly #lookup: Lookup<Known>
  readonly #known: Bounded<Remembered<Known>>
  /** Of their own, so that names which somebody has made up displace nobody. */
  readonly #unknown: Bounded<Remembered<Known>>
  readonly #pending = new Map<string, Promise<Known>>()

  constructor(lookup: Lookup<Known>) {
    this.#lookup = lookup
    this.#known = new Bounded(lookup.most)
    this.#unknown = new Bounded(lookup.most)
  }

  /** What `known` answers, or has answered lately. */
  find(id: string): Known | Promise<Known> {
    const now = this.#lookup.clock.monotonic()
    const found = this.#known.get(id) ?? this.#unknown.get(id)
    if (found !== undefined && found.until > now) return found.answer
    const pending = this.#pending.get(id)
    if (pending !== undefined) return pending
    if (this.#pending.size >= MOST_LOOKUPS) throw unavailable()
    const asked = this.#ask(id)
    this.#pending.set(id, asked)
    return asked
  }

  async #ask(id: string): Promise<Known> {
    const { known, timeout, clock, log } = this.#lookup
    try {
      // A turn later, so that what throws at once is pending first, and is then forgotten.
      const asked = Promise.resolve(id).then(known)
      const answer = await within(clock, timeout, asked, () => new Error('no answer in time'))
      this.#remember(id, answer)
      return answer
    } catch (thrown) {
      log.error('tenant.unavailable', 'a tenant could not be looked up', { err: wordless(thrown) })
      throw unavailable()
    } finally {
      this.#pending.delete(id)
    }
  }

  #remember(id: string, answer: Known): void {
    const { clock, remember } = this.#lookup
    const isKnown = Boolean(answer)
    const until = clock.monotonic() + (isKnown ? remember : Math.min(remember, UNKNOWN_FOR))
    const [here, there] = isKnown ? [this.#known, this.#unknown] : [this.#unknown, this.#known]
    there.delete(id)
    here.set(id, { answer, until })
  }
}

function unavailable(): Rejection {
  return new Rejection({ status: 503, reason: 'temporarily unavailable', retryAfter: 1 })
}
