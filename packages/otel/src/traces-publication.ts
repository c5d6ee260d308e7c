import type { Publication } from '@linkspan/core'
import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  type SpanOptions,
  trace,
} from '@opentelemetry/api'
import { isTraced } from './traces-message.js'
import type { Carrier } from './traces-options.js'
import { extracted, type Tracing } from './tracing.js'

/** What is published within a trace goes on in it, on the nodes that get it. */
export class PublicationTraces {
  readonly #tracing: Tracing

  constructor(tracing: Tracing) {
    this.#tracing = tracing
  }

  /** A short span for what is sent, and its context, to travel along. */
  inject(about: Publication): Readonly<Record<string, string>> | undefined {
    const active = context.active()
    if (!isTraced(active)) return undefined
    const [name, options] = this.#sent(about)
    const span = this.#tracing.tracer.startSpan(name, options, active)
    const headers: Record<string, string> = {}
    propagation.inject(trace.setSpan(active, span), headers)
    span.end()
    return headers
  }

  /** A span around what this node does with it. */
  extract(headers: Carrier, about: Publication, node: string, deliver: () => void): void {
    // Whatever is ambient where the engine's client calls has nothing to do with what has arrived.
    const parent = extracted(ROOT_CONTEXT, headers)
    if (!isTraced(parent)) return deliver()
    const [name, options] = this.#arrived(about, node)
    const span = this.#tracing.tracer.startSpan(name, options, parent)
    try {
      context.with(trace.setSpan(parent, span), deliver)
    } finally {
      span.end()
    }
  }

  #sent(about: Publication): [name: string, options: SpanOptions] {
    const operation = about.event === undefined ? 'send' : 'emit'
    const [name, attributes] = this.#about(about, operation, 'send')
    return [name, { kind: SpanKind.PRODUCER, attributes }]
  }

  #arrived(about: Publication, node: string): [name: string, options: SpanOptions] {
    const operation = about.event === undefined ? 'deliver' : 'handle'
    const [name, attributes] = this.#about(about, operation, 'process')
    return [name, { kind: SpanKind.CONSUMER, attributes: { ...attributes, 'linkspan.node': node } }]
  }

  #about(
    about: Publication,
    operation: string,
    type: 'send' | 'process',
  ): [name: string, attributes: Attributes] {
    const { app, options } = this.#tracing
    const template = options.destination?.(about)
    const kind = kindOf(about)
    const attributes = {
      'linkspan.app': app,
      'linkspan.destination': kind,
      'messaging.system': 'linkspan',
      'messaging.operation.name': operation,
      'messaging.operation.type': type,
      'messaging.message.body.size': about.bytes,
      ...(template !== undefined && { 'messaging.destination.template': template }),
    }
    return [`${operation} ${template ?? kind}`, attributes]
  }
}

function kindOf({ topic, event }: Publication): 'topic' | 'event' | 'all' {
  if (event !== undefined) return 'event'
  return topic === undefined ? 'all' : 'topic'
}
