import type { Connection } from './connection.js'
import { Deferred } from './deferred.js'
import { closedError, misuse, rejectionOf } from './failure.js'
import type { Link } from './link.js'
import type { Message } from './message.js'
import type { End, Middleware } from './middleware.js'
import { type PipelineOwner, runPipeline } from './pipeline.js'
import type { Handshake, Transport } from './ports/transport.js'
import { Reader } from './reader.js'
import { httpRefusal, Rejection } from './rejection.js'

/** Microtasks that a promise takes through one more `async` function which returns it (ECMA-262 §27.2.1.3.2). */
const TURNS_A_LEVEL = 3

/**
 * Everything that a connection needs until it is active: the handshake, the pipeline on its way in, and whoever reads
 * in band. Let go of afterwards, so that an open connection does not carry it.
 */
export class Admission implements PipelineOwner {
  readonly #link: Link
  readonly #stack: readonly Middleware<never, unknown>[]
  #handshake: Handshake | undefined
  #reader: Reader | undefined
  #levels = 0

  constructor(link: Link, handshake: Handshake, stack: readonly Middleware<never, unknown>[]) {
    this.#link = link
    this.#handshake = handshake
    this.#stack = stack
  }

  get connection(): Link['connection'] {
    return this.#link.connection
  }

  get ending(): boolean {
    return this.#link.ending
  }

  run(): void {
    const link = this.#link
    runPipeline(this.#stack, this).then(
      () => pipelineSettled(link),
      (thrown: unknown) => pipelineFailed(link, thrown),
    )
  }

  add(data: object | undefined): void {
    this.#levels += 1
    if (data !== undefined) this.#link.data = { ...this.#link.data, ...data }
  }

  completed(): Promise<End<never>> {
    this.#link.captureContext()
    void this.#complete()
    return this.ended()
  }

  ended(): Promise<End<never>> {
    this.#link.end ??= new Deferred(this.#link.info)
    return this.#link.end.promise as Promise<End<never>>
  }

  /** Lets a middleware that forgets to return what `next()` answers show itself before the 101. */
  async #complete(): Promise<void> {
    for (let turns = this.#levels * TURNS_A_LEVEL + 1; turns > 0; turns -= 1) await undefined
    if (this.#link.ending) return
    try {
      this.#link.scope = this.#link.runtime.options.scope?.(this.#link.connection as Connection<unknown>)
    } catch (thrown) {
      return pipelineFailed(this.#link, thrown)
    }
    this.#link.dispatch({ type: 'pipeline.completed' })
  }

  accept(): Transport | undefined {
    const handshake = this.#handshake
    this.#handshake = undefined
    return handshake?.accept({ protocol: this.#link.protocol, headers: {}, sink: this.#link })
  }

  refuse(rejection: Rejection): void {
    const { status, headers, body } = httpRefusal(rejection)
    this.#handshake?.reject(status, headers, body)
    this.#handshake = undefined
  }

  read(timeout: number): Promise<Message> {
    if (this.#handshake !== undefined || this.#reader !== undefined) {
      return Promise.reject(misuse('read() takes one message at a time, after accept().'))
    }
    const held = this.#link.takeHeld()
    if (held !== undefined) return Promise.resolve(held)
    this.#reader = new Reader(this.#link.runtime, timeout, () => {
      this.#reader = undefined
    })
    return this.#reader.promise
  }

  /** Gives a message to whoever reads; answers whether somebody does. */
  offer(message: Message): boolean {
    const reader = this.#reader
    this.#reader = undefined
    reader?.give(message)
    return reader !== undefined
  }

  /** The connection ends before it was active. */
  end(): void {
    const reader = this.#reader
    this.#reader = undefined
    reader?.fail(closedError('read'))
  }
}

function pipelineSettled(link: Link): void {
  if (!link.ending) {
    link.report(
      'LINKSPAN_NEXT_MISSING',
      'a middleware ended while its connection lives: return next(...), or await it and return what it answers.',
    )
  }
  link.dispatch({ type: 'pipeline.settled' })
}

function pipelineFailed(link: Link, thrown: unknown): void {
  // What our own end made it throw is no news.
  const ours = link.ending && (thrown instanceof Rejection || link.isOwnAbort(thrown))
  if (!ours && !(thrown instanceof Rejection)) {
    link.report('LINKSPAN_MIDDLEWARE', 'a middleware threw.', thrown)
  }
  link.dispatch({ type: 'pipeline.refused', rejection: rejectionOf(thrown) })
}
