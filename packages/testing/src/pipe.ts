/** How one direction of a connection ended: in order (`fin`), or cut (`reset`). */
export type PipeEnd = 'fin' | 'reset'

/** Who takes what comes out of a pipe. */
export interface PipeReceiver<Item> {
  item(item: Item): void
  ended(how: PipeEnd): void
}

interface Parcel<Item> {
  readonly content: Item | PipeEnd
  readonly size: number
  /** Whether the next one is in another packet. */
  readonly last: boolean
}

/** What the far side's operating system takes while its program does not read, in bytes. */
const KERNEL = 65_536

/**
 * One direction of a connection in memory. What goes in comes out in order, later: each packet in a microtask of its
 * own, whole. While the receiver does not read, 64 KiB are taken as an operating system would take them, and what is
 * beyond is `buffered` at the sender, until the pipe is down to those 64 KiB again.
 */
export class Pipe<Item extends object> {
  readonly #relieved: () => void
  #receiver: PipeReceiver<Item> | undefined
  #parcels: Parcel<Item>[] = []
  #bytes = 0
  /** What is taken while nobody reads. */
  #room = KERNEL
  #paused = false
  #clogged = false
  #pumping = false
  #ended = false
  #stopped = false

  /** `relieved` is called when nothing is buffered any more. */
  constructor(relieved: () => void) {
    this.#relieved = relieved
  }

  /** Bytes that wait at the sender. */
  get buffered(): number {
    return this.#clogged ? this.#bytes - this.#room : 0
  }

  /** Begins to read. */
  read(receiver: PipeReceiver<Item>): void {
    this.#receiver = receiver
    this.#pump()
  }

  /** `room`: bytes that are taken all the same. Default: 64 KiB. */
  pause(room: number = KERNEL): void {
    this.#room = room
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#pump()
  }

  /** Sends one packet. */
  push(items: readonly Item[], sizeOf: (item: Item) => number): void {
    if (this.#ended || this.#stopped) return
    items.forEach((content, index) => {
      const size = sizeOf(content)
      this.#bytes += size
      this.#parcels.push({ content, size, last: index === items.length - 1 })
    })
    if (this.#paused && this.#bytes > this.#room) this.#clogged = true
    this.#pump()
  }

  /** Nothing more is sent. After a reset, what was buffered at the sender is lost. */
  end(how: PipeEnd): void {
    if (this.#ended || this.#stopped) return
    this.#ended = true
    if (how === 'reset') this.#lose()
    this.#parcels.push({ content: how, size: 0, last: true })
    this.#pump()
  }

  /** Nobody reads any more: whatever is in the pipe, or comes into it, is lost. */
  stop(): void {
    this.#stopped = true
    this.#parcels = []
    this.#bytes = 0
    this.#clogged = false
  }

  #lose(): void {
    while (this.buffered > 0) {
      const parcel = this.#parcels.pop()
      if (parcel === undefined) break
      this.#bytes -= parcel.size
    }
    this.#clogged = false
  }

  #pump(): void {
    if (this.#pumping || this.#receiver === undefined) return
    this.#pumping = true
    queueMicrotask(this.#deliver)
  }

  /** Delivers one packet. */
  readonly #deliver = (): void => {
    let parcel: Parcel<Item> | undefined
    do {
      parcel = this.#paused ? undefined : this.#parcels.shift()
      if (parcel !== undefined) this.#hand(parcel)
    } while (parcel !== undefined && !parcel.last)
    this.#pumping = false
    if (!this.#paused && this.#parcels.length > 0) this.#pump()
  }

  #hand({ content, size }: Parcel<Item>): void {
    this.#bytes -= size
    if (content === 'fin' || content === 'reset') this.#receiver?.ended(content)
    else this.#receiver?.item(content as Item)
    if (!this.#clogged || this.#bytes > this.#room) return
    this.#clogged = false
    this.#relieved()
  }
}
