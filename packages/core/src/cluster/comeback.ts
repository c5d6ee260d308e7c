import type { Clock } from '../ports/clock.js'

/** What coming back consists of, and what it needs to know. */
export interface ComebackOwner {
  readonly clock: Clock
  /** Milliseconds from the engine's return after which nothing is waited for any more. */
  readonly patience: number
  /** Bytes of what arrives that may wait. */
  readonly limit: number
  /** Resolves when everything that is wanted is listened to. */
  listened(): Promise<void>
  /** What was published while the engine was away may be missing. */
  lost(): void
  /** This node listens again, as far as it got in time. */
  back(): void
  /** Something that has arrived meanwhile. */
  arrived(channel: string, payload: Uint8Array): void
  /** All others are back too, or were waited for. */
  complete(): void
}

/*
 * From the engine's return on:
 *
 *   subscribe again ── everything is listened to ──▶ tell that ── the others ──▶ publish
 *                      (what arrives is kept)        something    have said      what has
 *                                                    is missing   that they do   waited
 *   └────────────────────────── `patience` at most ───────────────────────────┘
 *
 * Whoever loads what was missed then listens already, and who was away hears what waited for the engine.
 */

/** What a node does when the engine is back, and in which order. */
export class Comeback {
  readonly #owner: ComebackOwner
  #stage: 'listening' | 'gathering' | undefined
  /** How often the engine has come and gone. */
  #life = 0
  #hasLost = false
  /** Nodes that have not been heard since. */
  readonly #awaited = new Set<string>()
  #kept: (readonly [channel: string, payload: Uint8Array])[] = []
  #bytes = 0
  #timer: unknown

  constructor(owner: ComebackOwner) {
    this.#owner = owner
  }

  /** Whether what is wanted is being subscribed to again. */
  get isListening(): boolean {
    return this.#stage === 'listening'
  }

  /**
   * The engine is back. `hasLost`: without what was published meanwhile. `nodes`: those that were there before, and may come
   * back later than this one. What has begun goes on.
   */
  begin(hasLost: boolean, nodes: readonly string[]): void {
    const { clock, patience } = this.#owner
    if (this.#stage !== undefined) return
    this.#life += 1
    const life = this.#life
    this.#stage = 'listening'
    this.#hasLost = hasLost
    for (const node of nodes) this.#awaited.add(node)
    this.#timer = clock.setTimeout(() => this.#late(), patience)
    void this.#owner.listened().then(() => {
      if (life === this.#life) this.#listens()
    })
  }

  /** The engine is away again. */
  interrupt(): void {
    const wasListening = this.isListening
    this.end()
    // It would wait for as long as the engine is away.
    if (wasListening) this.#tell()
  }

  end(): void {
    this.#life += 1
    this.#stage = undefined
    this.#awaited.clear()
    this.#owner.clock.clearTimeout(this.#timer)
  }

  /** Whether something that arrives is kept until it was told that something is missing before it. */
  keeps(channel: string, payload: Uint8Array): boolean {
    if (!this.isListening || !this.#hasLost) return false
    this.#kept.push([channel, payload])
    this.#bytes += payload.byteLength
    if (this.#bytes > this.#owner.limit) this.#listens()
    return true
  }

  /** A node says that it listens, or is gone. */
  heard(node: string): void {
    if (this.#awaited.delete(node)) this.#check()
  }

  #late(): void {
    this.#listens()
    this.#awaited.clear()
    this.#check()
  }

  #listens(): void {
    if (!this.isListening) return
    this.#stage = 'gathering'
    this.#tell()
    this.#check()
  }

  #tell(): void {
    if (this.#hasLost) this.#owner.lost()
    if (this.#stage === 'gathering') this.#owner.back()
    this.#bytes = 0
    for (const [channel, payload] of this.#kept.splice(0)) this.#owner.arrived(channel, payload)
  }

  #check(): void {
    if (this.#stage !== 'gathering' || this.#awaited.size > 0) return
    this.end()
    this.#owner.complete()
  }
}
