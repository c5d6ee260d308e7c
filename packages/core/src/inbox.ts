import { CloseCode } from './close.js'
import type { Link } from './link.js'
import type { Message } from './message.js'
import { Queue } from './queue.js'

/** Bytes held before the connection is active. */
const HELD = 65_536

/**
 * Hands messages to the handler one at a time, in order of arrival. Where nothing waits and the handler is synchronous
 * there is no queue and no promise. Past its bounds the transport is paused, or told that it overflowed.
 */
export class Inbox {
  readonly #link: Link
  #queue: Queue<Message> | undefined
  #bytes = 0
  #mode: 'holding' | 'open' | 'stopped'
  #running = false
  #paused = false
  #awaited = false
  /** Made with the first asynchronous handler, and used for all. */
  #done: (() => void) | undefined

  /** `open`: the connection is active, and holds nothing back. */
  constructor(link: Link, open: boolean) {
    this.#link = link
    this.#mode = open ? 'open' : 'holding'
  }

  /** Messages that wait. */
  get length(): number {
    return this.#queue?.length ?? 0
  }

  get paused(): boolean {
    return this.#paused
  }

  receive(message: Message): void {
    if (this.#mode === 'open' && !this.#running && this.#bytes === 0 && !this.#queue?.length) {
      this.#run(message)
      if (this.#queue !== undefined || this.#awaited) this.#pump()
    } else if (this.#mode === 'stopped') {
      this.#link.drop('in', message.size, 'closing')
    } else {
      this.#enqueue(message)
    }
  }

  /** The oldest held message, for whoever reads before the connection is active. */
  take(): Message | undefined {
    const message = this.#shift()
    this.#relieve()
    return message
  }

  /** Active: what was held goes to the handler first. */
  start(): void {
    if (this.#mode !== 'holding') return
    this.#mode = 'open'
    this.#pump()
  }

  /** Drops what waits; the handler that runs goes on. */
  stop(): void {
    this.#mode = 'stopped'
    if (this.#paused) {
      // The peer's answer to our close frame has to be read.
      this.#resume()
    }
    for (let message = this.#shift(); message !== undefined; message = this.#shift()) {
      this.#link.drop('in', message.size, 'closing')
    }
  }

  /** Says so, once, when nothing waits and nothing runs any more. */
  finish(): void {
    if (this.#mode === 'holding') this.stop()
    this.#awaited = true
    this.#announce()
  }

  #run(message: Message): void {
    this.#running = true
    let pending: Promise<void> | undefined
    try {
      pending = promiseOf(this.#link.handle(message))
    } catch (thrown) {
      this.#running = false
      message.keep()
      this.#link.handlerFailed(thrown)
      return
    }
    message.keep()
    if (pending === undefined) this.#running = false
    else {
      this.#done ??= () => this.#ended()
      pending.then(this.#done, (thrown: unknown) => this.#failed(thrown))
    }
  }

  #ended(): void {
    this.#running = false
    this.#pump()
  }

  #failed(thrown: unknown): void {
    this.#running = false
    this.#link.handlerFailed(thrown)
    this.#pump()
  }

  #pump(): void {
    while (!this.#running && this.#mode === 'open') {
      const message = this.#shift()
      if (message === undefined) break
      this.#run(message)
    }
    this.#relieve()
    this.#announce()
  }

  #announce(): void {
    if (!this.#awaited || this.#running || (this.#mode === 'open' && this.#queue?.length)) return
    this.#awaited = false
    this.#mode = 'stopped'
    this.#link.dispatch({ type: 'inbox.finished' })
  }

  #enqueue(message: Message): void {
    message.keep()
    this.#queue ??= new Queue()
    this.#queue.push(message)
    this.#count(1, message.size)
    if (this.#paused || !this.#isFull()) return
    const { transport } = this.#link
    this.#paused = transport?.pause !== undefined
    if (this.#paused) {
      transport?.pause?.()
      this.#link.watched?.flow('paused')
    } else {
      const reason = 'too many messages'
      this.#link.dispatch({ type: 'close.requested', code: CloseCode.tooMany, reason, from: 'inbox' })
    }
  }

  #shift(): Message | undefined {
    const message = this.#queue?.shift()
    if (message === undefined) return undefined
    if (this.#queue?.length === 0) this.#queue = undefined
    this.#count(-1, -message.size)
    return message
  }

  #count(messages: number, bytes: number): void {
    this.#bytes += bytes
    this.#link.runtime.counters.inboxMessages += messages
    this.#link.runtime.counters.inboxBytes += bytes
  }

  #isFull(): boolean {
    const { messages, bytes } = this.#link.runtime.options.inbox
    const most = this.#mode === 'holding' ? Math.min(bytes, HELD) : bytes
    return (this.#queue?.length ?? 0) >= messages || this.#bytes >= most
  }

  /** Reads on once half of the room is free again. */
  #relieve(): void {
    const { messages, bytes } = this.#link.runtime.options.inbox
    if (!this.#paused || (this.#queue?.length ?? 0) * 2 > messages || this.#bytes * 2 > bytes) return
    this.#resume()
  }

  #resume(): void {
    this.#paused = false
    this.#link.transport?.resume?.()
    this.#link.watched?.flow('resumed')
  }
}

/** Whether something is to be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function'
  )
}

/**
 * What is to be awaited, as a promise; `undefined` where nothing is. A thenable that is no promise is adopted: its `then`
 * may throw, or call back twice.
 */
export function promiseOf(value: unknown): Promise<void> | undefined {
  if (value instanceof Promise) return value
  return isThenable(value) ? Promise.resolve(value as PromiseLike<void>) : undefined
}
