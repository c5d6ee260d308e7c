import type { Clock } from '../ports/clock.js'
import type { Greeting } from './control.js'
import type { Settled } from './outgoing.js'
import { Roster } from './roster.js'

/** What is said to other nodes, and who is told what they say. */
export interface PeersOwner {
  readonly clock: Clock
  /** Whether this node hears the others: who does not cannot tell who has died. */
  readonly listens: boolean
  /** Says to one node, or to all, that this one lives. */
  sayBeat(to?: string, greeting?: Greeting, settled?: Settled): void
  /** A beat is over. */
  beaten(): void
  joined(node: string, epoch: number): void
  /** It is dead, as far as can be told. */
  lost(node: string, epoch: number): void
  /** Nothing more will come of a life: it is over, or was given up too long ago. */
  forgotten(node: string, epoch: number): void
  /** A node was silent for longer than its lease, and had not died; without a name, any of them. */
  returned(node?: string): void
}

/** Milliseconds in which several nodes may come, and are greeted at once. */
const SOON = 50
/** As many as are greeted each for itself before that. */
const FEW = 8

/** The other nodes: tells them that this one lives, and hears that they do. */
export class Peers {
  readonly #owner: PeersOwner
  readonly #beat: number
  readonly #roster: Roster
  /** How many were greeted alone since it was quiet; and whether more have come, and will be soon. */
  #greeted = 0
  #isCrowded = false
  /** Whether the engine has taken a beat since the last one. */
  #isAnswered = true
  #greeting: unknown
  #timer: unknown
  #ended = false

  constructor(owner: PeersOwner, beat: number, lease: number) {
    this.#owner = owner
    this.#beat = beat
    this.#roster = new Roster(lease)
  }

  start(): void {
    this.#timer = this.#owner.clock.setTimeout(() => this.#pulse(), this.#beat)
  }

  get nodes(): readonly string[] {
    return this.#roster.nodes
  }

  get size(): number {
    return this.#roster.size
  }

  lives(node: string, epoch: number): boolean {
    return this.#roster.lives(node, epoch)
  }

  /** It has said something. */
  heard(node: string, epoch: number): void {
    const { isNew, back, before } = this.#roster.seen(node, epoch, this.#owner.clock.monotonic())
    if (before !== undefined) {
      this.#owner.forgotten(node, before.epoch)
      this.#owner.lost(node, before.epoch)
    }
    if (isNew) this.#owner.joined(node, epoch)
    if (!back) return
    if (isNew) return this.#owner.returned(node)
    // The engine hung, or seemed to: then it was not heard as little as others were, and is not told of each alone.
    this.excuse()
    this.#owner.returned()
  }

  /** It has said goodbye. */
  left(node: string, epoch: number): void {
    const { isNews, forgotten } = this.#roster.left(node, epoch)
    // What was tried again may come after it: how far it was heard is kept.
    if (isNews) this.#owner.lost(node, epoch)
    if (forgotten !== undefined) this.#owner.forgotten(forgotten.node, forgotten.epoch)
  }

  /**
   * It has come, and asks who is there. The first few are answered at once, each alone. Many at once, as after an outage,
   * are answered together, with what all hear: n nodes would else say n words each.
   */
  greet(node: string): void {
    const { listens } = this.#owner
    // Who does not listen yet will say hello itself.
    if (!listens || this.#ended) return
    if (this.#greeted < FEW) {
      this.#greeted += 1
      this.#owner.sayBeat(node, 'answer')
    } else this.#isCrowded = true
    this.#greeting ??= this.#owner.clock.setTimeout(() => this.#greetAll(), SOON)
  }

  /** Nobody could be heard: everybody's lease begins anew. */
  renew(): void {
    this.#roster.renewAll(this.#owner.clock.monotonic())
  }

  /** What of others is missing up to now is told, or will still come: nobody's silence before counts. */
  excuse(): void {
    this.#roster.excuseAll(this.#owner.clock.monotonic())
  }

  end(): void {
    this.#ended = true
    this.#owner.clock.clearTimeout(this.#timer)
    this.#owner.clock.clearTimeout(this.#greeting)
  }

  #greetAll(): void {
    this.#greeting = undefined
    if (!this.#isCrowded) {
      this.#greeted = 0
      return
    }
    this.#isCrowded = false
    this.#owner.sayBeat(undefined, 'answer')
    this.#greeting = this.#owner.clock.setTimeout(() => this.#greetAll(), SOON)
  }

  #pulse(): void {
    this.start()
    if (!this.#owner.listens) return
    // Of an engine that hangs nothing is heard either.
    if (this.#isAnswered) this.#expire()
    else this.renew()
    this.#isAnswered = false
    this.#owner.sayBeat(undefined, undefined, (error) => {
      if (error === undefined) this.#isAnswered = true
    })
    this.#owner.beaten()
  }

  #expire(): void {
    const { clock } = this.#owner
    const { departed, forgotten } = this.#roster.expire(clock.monotonic())
    // It may come back, and try again what it could not know to have arrived: how far it was heard is kept.
    for (const { node, epoch } of departed) this.#owner.lost(node, epoch)
    for (const { node, epoch } of forgotten) this.#owner.forgotten(node, epoch)
  }
}
