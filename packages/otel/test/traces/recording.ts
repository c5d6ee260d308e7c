import { type AttributeValue, context, propagation, trace } from '@opentelemetry/api'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import { afterAll, beforeAll, beforeEach } from 'vitest'

/** What a real SDK has recorded of this block's tests: it is the process's while they run. */
export class Recording {
  readonly #exporter = new InMemorySpanExporter()
  readonly #provider: NodeTracerProvider

  private constructor(sampler: Sampler | undefined) {
    const spanProcessors = [new SimpleSpanProcessor(this.#exporter)]
    this.#provider = new NodeTracerProvider({ spanProcessors, ...(sampler !== undefined && { sampler }) })
  }

  static ofThisBlock(sampler?: Sampler): Recording {
    const recording = new Recording(sampler)
    beforeAll(() => recording.#provider.register())
    beforeEach(() => recording.#exporter.reset())
    afterAll(async () => {
      await recording.#provider.shutdown()
      trace.disable()
      context.disable()
      propagation.disable()
    })
    return recording
  }

  /** Those that have ended, in that order. */
  get spans(): readonly ReadableSpan[] {
    return this.#exporter.getFinishedSpans()
  }

  get names(): readonly string[] {
    return this.spans.map(({ name }) => name)
  }

  /** The only one of a name. */
  one(name: string): ReadableSpan {
    const [found, ...others] = this.spans.filter((span) => span.name === name)
    if (found === undefined || others.length > 0) {
      throw new Error(`there is not one '${name}' among ${this.names.join(', ')}`)
    }
    return found
  }

  /** All that would leave the process. */
  get text(): string {
    return JSON.stringify(
      this.spans.map(({ name, attributes, events, links, status }) => [
        name,
        attributes,
        events,
        links,
        status,
      ]),
    )
  }
}

/** Who a span hangs on: nobody where it is the root of its trace. */
export function parentOf({ parentSpanContext }: ReadableSpan): string | undefined {
  return parentSpanContext?.spanId
}

export function idsOf(span: ReadableSpan): { readonly trace: string; readonly span: string } {
  const { traceId, spanId } = span.spanContext()
  return { trace: traceId, span: spanId }
}

/** The events of a span, and some of their attributes. */
export function eventsOf(
  { events }: ReadableSpan,
  ...names: readonly string[]
): (AttributeValue | undefined)[][] {
  return events.map(({ name, attributes = {} }) => [name, ...names.map((each) => attributes[each])])
}
