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
  seenAt: number
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

/** Which other nodes live: those that were heard of within their lease. */
export class Roster {
  readonly #nodes = new Map<string, Known>()

  get nodes(): readonly string[] {
    return [...this.#nodes.keys()]
  }

  get size(): number {
    return this.#nodes.size
  }

  /** Heard of a node: answers whether it is new, and the earlier life of it that is thereby over. */
  seen(node: string, epoch: number, now: number): { isNew: boolean; before: Departed | undefined } {
    const known = this.#nodes.get(node)
    if (known?.epoch === epoch) {
      known.seenAt = now
      return { isNew: false, before: undefined }
    }
    // A last word of an earlier life.
    if (known !== undefined && known.epoch > epoch) return { isNew: false, before: undefined }
    this.#nodes.set(node, { epoch, seenAt: now })
    return { isNew: true, before: known && { node, epoch: known.epoch } }
  }

  /** Whether it is the life of the node that counts. */
  lives(node: string, epoch: number): boolean {
    return this.#nodes.get(node)?.epoch === epoch
  }

  /** It said goodbye. Answers whether that was news. */
  left(node: string, epoch: number): boolean {
    return this.lives(node, epoch) && this.#nodes.delete(node)
  }

  /** Those not heard of since `instant`. They are forgotten. */
  expire(instant: number): readonly Departed[] {
    const departed: Departed[] = []
    for (const [node, { epoch, seenAt }] of this.#nodes) {
      if (seenAt >= instant) continue
      this.#nodes.delete(node)
      departed.push({ node, epoch })
    }
    return departed
  }

  /** Nobody could be heard: everybody's lease begins anew. */
  renewAll(now: number): void {
    for (const known of this.#nodes.values()) known.seenAt = now
  }
}
