import { LinkspanError, toError } from '../errors.js'
import { Pauses } from '../pauses.js'
import type { BrokerLink } from '../ports/broker.js'
import type { Clock } from '../ports/clock.js'
import { within } from '../within.js'
import { Backoff } from './backoff.js'

/** What the subscriber needs to know, and whom it tells. */
export interface InterestOwner {
  readonly clock: Clock
  readonly link: BrokerLink
  readonly seed: number
  readonly reachable: boolean
  /** Milliseconds that a channel nobody wants any more stays subscribed. */
  readonly grace: number
  /** Milliseconds that one call may take. */
  readonly timeout: number
  answered(): void
  failed(error: LinkspanError): void
  /** From now on what is published to a channel is heard. */
  listening(channel: string): void
  /** Nothing more is heard of a channel. */
  silent(channel: string): void
}

interface Channel {
  readonly name: string
  wanted: boolean
  /** What the engine was told last, and has taken; `undefined` while that is not known. */
  subscribed: boolean | undefined
  /** Since when. */
  since: number
  /** A call is on its way. */
  busy: boolean
  /** When to stop listening, where nobody wants it. */
  until: number
  backoff: Backoff | undefined
}

/** Calls on their way at once. */
const PARALLEL = 256

/**
 * Which channels this node listens to: those that somebody here wants, and for a while those that somebody wanted. One
 * call a channel at a time; what was asked for last is what comes to be.
 */
export class Interest {
  readonly #owner: InterestOwner
  readonly #channels = new Map<string, Channel>()
  readonly #due = new Set<Channel>()
  /** Unwanted ones, in the order in which their time is over. */
  readonly #fading = new Set<Channel>()
  readonly #waiters: (() => void)[] = []
  readonly #pauses: Pauses
  /** How often the engine has come back: what was answered before holds no more. */
  #life = 0
  #calls = 0
  #timer: unknown
  #ended = false

  constructor(owner: InterestOwner) {
    this.#owner = owner
    this.#pauses = new Pauses(owner.clock)
  }

  /** Channels that are listened to, or are about to be. */
  get size(): number {
    return this.#channels.size
  }

  /** Whether what arrives on a channel is of any use. */
  knows(name: string): boolean {
    return this.#channels.has(name)
  }

  /** Whether a channel is listened to. */
  has(name: string): boolean {
    return this.#channels.get(name)?.subscribed === true
  }

  /** Whether a channel has been listened to since an instant. */
  hasSince(name: string, instant: number): boolean {
    const channel = this.#channels.get(name)
    return channel?.subscribed === true && channel.since <= instant
  }

  want(name: string): void {
    if (this.#ended) return
    let channel = this.#channels.get(name)
    if (channel === undefined) {
      channel = { name, wanted: true, subscribed: false, since: 0, busy: false, until: 0, backoff: undefined }
      this.#channels.set(name, channel)
    }
    channel.wanted = true
    this.#fading.delete(channel)
    this.#check(channel)
  }

  unwant(name: string): void {
    const { clock, grace } = this.#owner
    const channel = this.#channels.get(name)
    if (channel === undefined || !channel.wanted) return
    channel.wanted = false
    channel.until = clock.monotonic() + grace
    this.#fading.add(channel)
    this.#timer ??= clock.setTimeout(() => this.#sweep(), grace)
  }

  /** The engine is away, and may forget everything. */
  lose(): void {
    this.#life += 1
    for (const channel of this.#channels.values()) {
      if (channel.subscribed) channel.subscribed = undefined
      channel.backoff = undefined
    }
  }

  /** The engine is back. */
  resubscribe(): void {
    this.lose()
    this.#pauses.wake()
    for (const channel of this.#channels.values()) this.#check(channel)
  }

  /** Resolves when everything that is wanted now is listened to. */
  async settled(): Promise<void> {
    if (!this.#isSettled()) await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }

  end(): void {
    this.#ended = true
    this.#owner.clock.clearTimeout(this.#timer)
    this.#due.clear()
    this.#channels.clear()
    this.#pauses.wake()
    this.#settle()
  }

  /** What is wanted and not listened to. */
  get missing(): readonly string[] {
    return [...this.#channels.values()].filter(isMissing).map(({ name }) => name)
  }

  #isSettled(): boolean {
    if (this.#ended) return true
    for (const channel of this.#channels.values()) if (isMissing(channel)) return false
    return true
  }

  #settle(): void {
    if (this.#waiters.length === 0 || !this.#isSettled()) return
    for (const resolve of this.#waiters.splice(0)) resolve()
  }

  #sweep(): void {
    const { clock } = this.#owner
    const now = clock.monotonic()
    this.#timer = undefined
    for (const channel of this.#fading) {
      if (channel.until > now) {
        this.#timer = clock.setTimeout(() => this.#sweep(), channel.until - now)
        return
      }
      this.#fading.delete(channel)
      this.#check(channel)
    }
  }

  /** Whether the engine is to be told something. */
  #check(channel: Channel): void {
    const listen = channel.wanted || this.#fading.has(channel)
    if (this.#ended || channel.busy) return
    if (listen === channel.subscribed) {
      // What was to be said while the engine was away need not be said any more.
      this.#due.delete(channel)
      if (!listen) this.#forget(channel)
      return
    }
    this.#due.add(channel)
    this.#pump()
  }

  #forget({ name }: Channel): void {
    this.#channels.delete(name)
    this.#owner.silent(name)
  }

  #pump(): void {
    for (const channel of this.#due) {
      if (this.#calls >= PARALLEL || !this.#owner.reachable) return
      this.#due.delete(channel)
      void this.#call(channel)
    }
  }

  async #call(channel: Channel): Promise<void> {
    const { clock, link, timeout, seed } = this.#owner
    const { name } = channel
    const listen = channel.wanted || this.#fading.has(channel)
    const life = this.#life
    // Taken or not, in time or late: until it is answered, nobody knows.
    channel.subscribed = undefined
    channel.busy = true
    this.#calls += 1
    try {
      const called = listen ? link.subscribe(name) : link.unsubscribe(name)
      await within(clock, timeout, called, () => new Error('no answer in time'))
      channel.backoff = undefined
      this.#owner.answered()
      if (life === this.#life && !this.#ended) {
        channel.subscribed = listen
        channel.since = clock.monotonic()
        if (listen) this.#owner.listening(name)
      }
    } catch (thrown) {
      channel.backoff ??= new Backoff(seed)
      const error = toError(thrown)
      if (!this.#ended) this.#owner.failed(notHeard(listen, error))
      if (!this.#ended && life === this.#life) await this.#pauses.wait(channel.backoff.next())
    }
    channel.busy = false
    this.#calls -= 1
    this.#check(channel)
    this.#settle()
    this.#pump()
  }
}

function isMissing({ wanted, subscribed }: Channel): boolean {
  return wanted && subscribed !== true
}

function notHeard(listen: boolean, cause: Error): LinkspanError {
  return new LinkspanError(
    'LINKSPAN_BROKER',
    listen
      ? 'a channel could not be subscribed to: what other nodes publish there does not arrive. It is tried again.'
      : 'a channel could not be unsubscribed from: what arrives there is ignored. It is tried again.',
    { cause },
  )
}
