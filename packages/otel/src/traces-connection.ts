import type {
  AroundMessage,
  Connection,
  ConnectionEvent,
  LinkspanError,
  Message,
  Outcome,
  Step,
  Watcher,
} from '@linkspan/core'
import { type Context, context, type Link, type Span, TraceFlags, trace } from '@opentelemetry/api'
import { recordException } from './traces-failure.js'
import { beginHandshake, endHandshake, recordStep } from './traces-handshake.js'
import { clientsTrace, isTraced, spanAround } from './traces-message.js'
import type { Carrier } from './traces-options.js'
import { isSampled, type Tracing } from './tracing.js'

/** The spans of one connection: its handshake's, and those of its messages. */
export class ConnectionTrace implements Watcher {
  readonly #tracing: Tracing
  /** Until it is over: what is kept for as long as the connection lives is small. */
  #handshake: { readonly span: Span; readonly within: Context } | undefined
  /** What leads from a message to its handshake. */
  readonly #links: Link[]
  /** Stands for a trace that is not recorded. */
  readonly #silence: Span

  constructor(tracing: Tracing, conn: Connection<never>) {
    const handshake = beginHandshake(tracing, conn)
    const about = handshake.span.spanContext()
    this.#tracing = tracing
    this.#handshake = handshake
    this.#links = isSampled(about) ? [{ context: about }] : []
    this.#silence = trace.wrapSpanContext({ ...about, traceFlags: TraceFlags.NONE })
  }

  handshake(_conn: Connection<never>, run: () => void): void {
    if (this.#handshake === undefined) run()
    else context.with(this.#handshake.within, run)
  }

  /** A handler runs when the handshake is long over: a span of it that is still ambient must be no handler's parent. */
  context(_conn: Connection<never>, capture: () => void): void {
    const active = context.active()
    const around = trace.getSpan(active)
    // One that the application has put around the whole life of the connection stays.
    const lasts = around !== this.#handshake?.span && around?.isRecording() === true
    context.with(lasts ? active : trace.deleteSpan(active), capture)
  }

  step(_conn: Connection<never>, step: Step): void {
    if (this.#handshake !== undefined) recordStep(this.#handshake.span, step)
  }

  event(_conn: Connection<never>, event: ConnectionEvent, details: readonly unknown[]): void {
    if (event !== 'error' || this.#handshake === undefined) return
    const error = details[0] as LinkspanError
    recordException(this.#handshake.span, error.cause ?? error, this.#tracing.options.exceptions === true)
  }

  admitted(conn: Connection<never>, outcome: Outcome): void {
    const { span } = this.#handshake ?? {}
    this.#handshake = undefined
    if (span !== undefined) endHandshake(this.#tracing, conn, span, outcome)
  }

  message(conn: Connection<never>, message: Message): AroundMessage | undefined {
    const { options, ended } = this.#tracing
    if (ended) return undefined
    const carrier = options.parent?.(conn, message)
    return carrier === undefined ? this.#drawn(conn, message) : this.#within(carrier, conn, message)
  }

  #drawn(conn: Connection<never>, message: Message): AroundMessage | undefined {
    const { draw, options } = this.#tracing
    if (draw.next()) return spanAround(this.#tracing, conn, message, this.#links)
    if (!options.quiet) return undefined
    return (handle) => context.with(trace.setSpan(context.active(), this.#silence), handle)
  }

  /** Within the trace that a message carries, if it is one. What that has decided against is not traced, nor what happens in it. */
  #within(carrier: Carrier, conn: Connection<never>, message: Message): AroundMessage {
    return (handle) => {
      const parent = clientsTrace(carrier)
      if (parent === undefined) {
        const around = this.#drawn(conn, message)
        return around === undefined ? handle() : around(handle)
      }
      if (!isTraced(parent)) return context.with(parent, handle)
      return spanAround(this.#tracing, conn, message, this.#links, parent)(handle)
    }
  }
}
