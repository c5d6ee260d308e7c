/**
 * One node of an application, as it last told about itself.
 *
 * @example
 * const { results } = await app.cluster()
 * for (const { node, connections, version } of results) console.log(node, connections, version)
 */
export interface NodeInfo {
  readonly node: string
  /** Which life of the node: when it began, in milliseconds since the Unix epoch by its own clock. */
  readonly epoch: number
  readonly version: string
  /** Active ones. */
  readonly connections: number
  readonly draining: boolean
}

interface Known {
  readonly epoch: number
  heardAt: number
  /** When its lease began: when it was heard, or later. */
  leasedAt: number
}

/** A life of a node that is over. */
export interface Departed {
  readonly node: string
  readonly epoch: number
}

/** One life of a node, as a key. */
export function life(node: string, epoch: number): string {
  return `${epoch}:${node}`
}

/** What was learnt by hearing of a node. */
export interface Seen {
  readonly isNew: boolean
  /**
   * It was silent for longer than its lease, and had not died: what it said meanwhile may be missing. It was given up, or
   * would have been, had its lease not been renewed.
   */
  readonly back: boolean
  /** The earlier life of it that is thereby over. */
  readonly before: Departed | undefined
}

const NOTHING_NEW: Seen = { isNew: false, back: false, before: undefined }
/** Lives that were given up and may come back, and as many that will not. */
const REMEMBERED = 1_000

/** The life of a node that such a key is of. */
export function lived(key: string): Departed {
  const colon = key.indexOf(':')
  return { node: key.slice(colon + 1), epoch: Number(key.slice(0, colon)) }
}

/** Which other nodes live: those that were heard of within their lease. */
export class Roster {
  readonly #lease: number
  readonly #nodes = new Map<string, Known>()
  /** Those whose lease was over, the latest ones. */
  readonly #givenUp = new Set<string>()
  /** Those that said goodbye, the latest ones: what they said before may arrive after it. */
  readonly #over = new Set<string>()

  /** `lease`: milliseconds. */
  constructor(lease: number) {
    this.#lease = lease
  }

  get nodes(): readonly string[] {
    return [...this.#nodes.keys()]
  }

  get size(): number {
    return this.#nodes.size
  }

  /** Heard of a node. */
  seen(node: string, epoch: number, now: number): Seen {
    const known = this.#nodes.get(node)
    if (known?.epoch === epoch) {
      const { heardAt, leasedAt } = known
      const back = leasedAt > heardAt && now - heardAt > this.#lease
      known.heardAt = now
      known.leasedAt = now
      return back ? { ...NOTHING_NEW, back } : NOTHING_NEW
    }
    // A late word of a life that is over.
    if ((known !== undefined && known.epoch > epoch) || this.#over.has(life(node, epoch))) return NOTHING_NEW
    this.#nodes.set(node, { epoch, heardAt: now, leasedAt: now })
    const back = this.#givenUp.delete(life(node, epoch))
    return { isNew: true, back, before: known && { node, epoch: known.epoch } }
  }

  /** Whether it is the life of the node that counts. */
  lives(node: string, epoch: number): boolean {
    return this.#nodes.get(node)?.epoch === epoch
  }

  /** It said goodbye. Answers whether that was news; and whom there is no room for any more, of those that did earlier. */
  left(node: string, epoch: number): { readonly isNews: boolean; readonly forgotten: Departed | undefined } {
    const oldest = remember(this.#over, life(node, epoch))
    const isNews = this.lives(node, epoch) && this.#nodes.delete(node)
    return { isNews, forgotten: oldest === undefined ? undefined : lived(oldest) }
  }

  /** Gives up those whose lease is over; and forgets, of those given up earlier, whom there is no room for. */
  expire(now: number): {
    readonly departed: readonly Departed[]
    readonly forgotten: readonly Departed[]
  } {
    const departed: Departed[] = []
    const forgotten: Departed[] = []
    for (const [node, { epoch, leasedAt }] of this.#nodes) {
      if (now - leasedAt <= this.#lease) continue
      this.#nodes.delete(node)
      departed.push({ node, epoch })
      const oldest = remember(this.#givenUp, life(node, epoch))
      if (oldest !== undefined) forgotten.push(lived(oldest))
    }
    return { departed, forgotten }
  }

  /** Nobody could be heard: everybody's lease begins anew. */
  renewAll(now: number): void {
    for (const known of this.#nodes.values()) known.leasedAt = now
  }

  /** That something of them may be missing up to now is known: nobody's silence before counts. */
  excuseAll(now: number): void {
    for (const known of this.#nodes.values()) known.heardAt = now
  }
}

/** Answers the oldest one, where there is no room for it any more. */
function remember(lives: Set<string>, one: string): string | undefined {
  lives.add(one)
  if (lives.size <= REMEMBERED) return undefined
  const oldest = lives.values().next().value as string
  lives.delete(oldest)
  return oldest
}
