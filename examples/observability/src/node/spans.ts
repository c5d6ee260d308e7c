import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-node'
import type { Traced, TracedHandshake } from './questions.js'

/** Counts spans and keeps the last handshake: for who has no collector. */
export class Spans implements SpanProcessor {
  #handshakes = 0
  #messages = 0
  #last: TracedHandshake | undefined

  get traced(): Traced {
    return { handshakes: this.#handshakes, messages: this.#messages, last: this.#last }
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (span.name === 'handle message') this.#messages += 1
    if (span.attributes['http.request.method'] === undefined) return
    this.#handshakes += 1
    if (span.attributes['linkspan.outcome'] === 'opened') this.#last = handshakeOf(span)
  }

  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}

function handshakeOf(span: ReadableSpan): TracedHandshake {
  const [seconds, nanoseconds] = span.duration
  return {
    trace: span.spanContext().traceId,
    duration: seconds * 1_000 + nanoseconds / 1e6,
    middleware: span.events
      .filter(({ name }) => name === 'linkspan.middleware')
      .map(({ attributes = {} }) => ({
        name: String(attributes['linkspan.middleware']),
        decision: String(attributes['linkspan.decision']),
        duration: Number(attributes['linkspan.duration']) * 1_000,
      })),
  }
}
