import { type AnswerHeaders, NO_HEADERS, withHeader } from './answer-headers.js'
import type { Connection } from './connection.js'
import { Deferred, rejected } from './deferred.js'
import { LinkspanError } from './errors.js'
import { closedError, isRefusal, misuse, rejectionOf } from './failure.js'
import type { Link } from './link.js'
import type { Message } from './message.js'
import type { End, Middleware } from './middleware.js'
import { type PipelineOwner, runPipeline, type TellStep } from './pipeline.js'
import type { Step } from './ports/observer.js'
import type { Handshake, Transport } from './ports/transport.js'
import { Reader } from './reader.js'
import { httpRefusal, type Rejection } from './rejection.js'
import { isScope, MAX_TOPIC } from './topics.js'

/** Microtasks that a promise takes through one more `async` function which returns it (ECMA-262 §27.2.1.3.2). */
const TURNS_A_LEVEL = 3
const A_TURN = Promise.resolve()

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
  #headers: AnswerHeaders = NO_HEADERS
  #opened: Deferred<boolean> | undefined
  #settled = false
  #steps = 0
  #completing = false
  /** The pipeline has waited for nothing yet, and will not where its end is reached: no deadline is needed so far. */
  immediate = false
  /** The HTTP status that it was refused with. */
  status: number | undefined
  /** The innermost middleware that has begun, until the pipeline has reached its end. */
  middleware: string | undefined

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
    this.immediate = true
    try {
      const outcome = runPipeline(this.#stack, this)
      // Nothing is kept for it, then, while the connection lives.
      if (outcome === link.end && link.info === undefined) link.unwrapped = true
      else
        outcome.then(
          () => pipelineSettled(link),
          (thrown: unknown) => pipelineFailed(link, thrown, true),
        )
    } catch (thrown) {
      pipelineFailed(link, thrown, true)
    }
    this.immediate = this.#completing
  }

  add(data: object | undefined): void {
    this.#levels += 1
    if (data !== undefined && !this.ending) this.#link.data = { ...this.#link.data, ...data }
  }

  completed(): Promise<End<never>> {
    this.middleware = undefined
    this.#completing = true
    this.#link.captureContext()
    void this.#complete()
    return this.ended()
  }

  ended(): Promise<End<never>> {
    return this.#link.untilEnd() as Promise<End<never>>
  }

  /** Lets a middleware that forgets to return what `next()` answers show itself before the 101. */
  async #complete(): Promise<void> {
    for (let turns = this.#levels * TURNS_A_LEVEL + 1; turns > 0; turns -= 1) await A_TURN
    if (this.#link.ending) return
    try {
      this.#link.scope = this.#settleScope()
    } catch (thrown) {
      // The middlewares have not failed: they unwind as after any other end.
      return pipelineFailed(this.#link, thrown, false)
    }
    this.#link.dispatch({ type: 'pipeline.completed' })
  }

  #settleScope(): string | undefined {
    const scope: unknown = this.#link.runtime.options.scope?.(this.#link.connection as Connection<unknown>)
    if (scope === undefined || isScope(scope)) return scope
    throw new LinkspanError(
      'LINKSPAN_SCOPE',
      `scope() answers undefined, or a string of at most ${MAX_TOPIC} characters of well-formed Unicode, at once: nothing else separates tenants.`,
    )
  }

  /** Resolves to whether it became active. */
  get opened(): Promise<boolean> {
    this.#opened ??= new Deferred(this.ending ? false : undefined)
    return this.#opened.promise
  }

  /** Adds a header to the answer, while there is none. */
  setHeader(name: string, value: string): void {
    if (this.#handshake === undefined) throw answered()
    this.#headers = withHeader(this.#headers, name, value)
  }

  accept(): Transport | undefined {
    const handshake = this.#handshake
    this.#handshake = undefined
    return handshake?.accept({ protocol: this.#link.protocol, headers: this.#headers, sink: this.#link })
  }

  refuse(rejection: Rejection): void {
    const { status, headers, body } = httpRefusal(rejection, this.#headers)
    this.#handshake?.reject(status, headers, body)
    this.#handshake = undefined
  }

  read(timeout: number): Promise<Message> {
    if (this.#handshake !== undefined || this.#reader !== undefined) {
      return rejected(misuse('read() takes one message at a time, after accept().'))
    }
    const held = this.#link.takeHeld()
    if (held !== undefined) return Promise.resolve(held)
    this.#reader = new Reader(this.#link.runtime, timeout, () => {
      this.#reader = undefined
    })
    return this.#reader.promise
  }

  /** Whether somebody waits for a message of the client. */
  get reading(): boolean {
    return this.#reader !== undefined
  }

  /** Gives a message to whoever reads; answers whether somebody does. */
  offer(message: Message): boolean {
    const reader = this.#reader
    this.#reader = undefined
    reader?.give(message)
    return reader !== undefined
  }

  stepping(name: string): TellStep | undefined {
    this.middleware = name || 'anonymous'
    const { watched, runtime } = this.#link
    if (watched === undefined) return undefined
    const { clock } = runtime.options
    const index = this.#steps
    this.#steps += 1
    const began = clock.monotonic()
    let told = false
    return (decision, thrown) => {
      if (told) return
      told = true
      const duration = clock.monotonic() - began
      watched.step({ name, index, duration, ...decided(decision, thrown) })
    }
  }

  /** Answers `true` once: whoever ends the handshake first tells how it went. */
  settle(): boolean {
    const first = !this.#settled
    this.#settled = true
    return first
  }

  /** The connection is active. */
  activated(): void {
    this.#opened?.resolve(true)
  }

  /** The connection ends before it was active. */
  end(): void {
    this.#opened?.resolve(false)
    const reader = this.#reader
    this.#reader = undefined
    reader?.fail(closedError('read'))
  }

  /** The connection has closed: whoever still holds it does not hold its socket. */
  forget(): void {
    this.#handshake = undefined
  }
}

function decided(decision: Step['decision'], thrown: unknown): Pick<Step, 'decision' | 'status' | 'reason'> {
  if (decision !== 'failed') return { decision }
  const { status, reason } = rejectionOf(thrown)
  return { decision: isRefusal(thrown) ? 'refused' : 'failed', status, reason }
}

/** What a header that comes too late throws. */
export function answered(): LinkspanError {
  return misuse(
    'setHeader() adds to the answer of the handshake, which is out: call it before accept() and next().',
  )
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

function pipelineFailed(link: Link, thrown: unknown, settled: boolean): void {
  // What our own end made it throw is no news.
  const ours = link.ending && link.isOwnAbort(thrown)
  if (!ours && !isRefusal(thrown)) {
    link.report('LINKSPAN_MIDDLEWARE', 'a middleware threw.', thrown)
  }
  link.dispatch({ type: 'pipeline.refused', rejection: rejectionOf(thrown), settled })
}
