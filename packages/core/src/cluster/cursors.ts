import type { Envelope, Item } from './envelope.js'
import { life } from './roster.js'

/** What of an envelope is new, and how much is missing before it; `undefined`: something there was is not known. */
export interface Arrival {
  readonly items: readonly Item[]
  readonly missed: number | undefined
}

interface Cursor {
  run: number
  next: number
}

const NOTHING: Arrival = { items: [], missed: 0 }

/** How far this node has heard every other one on every channel: tells duplicates, late ones and holes. */
export class Cursors {
  readonly #channels = new Map<string, Map<string, Cursor>>()

  arrived(channel: string, { node, epoch, run, first, items }: Envelope): Arrival {
    let cursors = this.#channels.get(channel)
    if (cursors === undefined) {
      cursors = new Map()
      this.#channels.set(channel, cursors)
    }
    const key = life(node, epoch)
    const cursor = cursors.get(key)
    const end = first + items.length
    if (cursor === undefined || run > cursor.run) {
      cursors.set(key, { run, next: end })
      // Where an earlier run was heard, all of this one should have been.
      return { items, missed: cursor === undefined && first > 0 ? undefined : first }
    }
    // What comes late was told to be missing: delivered now, it would break the order.
    if (run < cursor.run || end <= cursor.next) return NOTHING
    const missed = Math.max(0, first - cursor.next)
    const fresh = first < cursor.next ? items.slice(cursor.next - first) : items
    cursor.next = end
    return { items: fresh, missed }
  }

  /** Nobody listens there any more. */
  forgetChannel(channel: string): void {
    this.#channels.delete(channel)
  }

  /** A node's life is over. */
  forgetNode(node: string, epoch: number): void {
    for (const [channel, cursors] of this.#channels) {
      if (cursors.delete(life(node, epoch)) && cursors.size === 0) this.#channels.delete(channel)
    }
  }
}
