import type { Clock } from '@linkspan/core'
import {
  CRITERIA,
  type Credentials,
  type Criterion,
  isRevokedBy,
  type Revocation,
  signatureOf,
} from './revocation-notice.js'

/**
 * The revocations that are remembered, found by what they name. Bounded: those that have had their time go first, then the
 * one that came first.
 */
export class RevocationList {
  /** By signature, in the order they came. */
  readonly #all = new Map<string, Revocation>()
  readonly #by: { readonly [Name in Criterion]: Map<string, Set<string>> } = {
    tokenId: new Map(),
    session: new Map(),
    subject: new Map(),
    tenant: new Map(),
  }
  readonly #capacity: number
  readonly #clock: Clock

  constructor(capacity: number, clock: Clock) {
    this.#capacity = capacity
    this.#clock = clock
  }

  get size(): number {
    return this.#all.size
  }

  /** Answers the revocation that was forgotten for it, before its time. */
  add(revocation: Revocation): Revocation | undefined {
    const signature = signatureOf(revocation)
    const known = this.#all.get(signature)
    this.#remove(signature)
    this.#put(signature, known === undefined ? revocation : merged(known, revocation))
    const now = this.#clock.now()
    for (const [oldest, { until }] of this.#all) {
      if (until > now) break
      this.#remove(oldest)
    }
    const [first] = this.#all
    if (first === undefined || this.#all.size <= this.#capacity) return undefined
    this.#remove(first[0])
    return first[1]
  }

  /** The revocation that is about these credentials. */
  find(credentials: Credentials): Revocation | undefined {
    const now = this.#clock.now()
    for (const criterion of CRITERIA) {
      const value = credentials[criterion]
      const signatures = value === undefined ? undefined : this.#by[criterion].get(value)
      for (const signature of signatures ?? []) {
        const revocation = this.#all.get(signature)
        if (revocation !== undefined && revocation.until > now && isRevokedBy(credentials, revocation)) {
          return revocation
        }
      }
    }
    return undefined
  }

  #put(signature: string, revocation: Revocation): void {
    this.#all.set(signature, revocation)
    const [index, value] = this.#place(revocation)
    const signatures = index.get(value)
    if (signatures === undefined) index.set(value, new Set([signature]))
    else signatures.add(signature)
  }

  #remove(signature: string): void {
    const revocation = this.#all.get(signature)
    if (revocation === undefined) return
    this.#all.delete(signature)
    const [index, value] = this.#place(revocation)
    const signatures = index.get(value)
    if (signatures?.delete(signature) && signatures.size === 0) index.delete(value)
  }

  /** Under the most specific of what it names. */
  #place(revocation: Revocation): readonly [Map<string, Set<string>>, string] {
    const criterion = CRITERIA.find((name) => revocation[name] !== undefined) ?? 'tenant'
    return [this.#by[criterion], revocation[criterion] ?? '']
  }
}

/** Two revocations of the same: what either revokes, for as long as either lasts. */
function merged(one: Revocation, other: Revocation): Revocation {
  const until = Math.max(one.until, other.until)
  return one.before === undefined || other.before === undefined
    ? { ...other, until }
    : { ...other, until, before: Math.max(one.before, other.before) }
}
