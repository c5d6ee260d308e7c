import type { Connection } from '@linkspan/core'
import {
  type Attributes,
  type Context,
  propagation,
  type SpanContext,
  type TextMapGetter,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { Draw } from './draw.js'
import {
  type Carrier,
  type ResolvedTraceOptions,
  resolveTraceOptions,
  type TraceOptions,
} from './traces-options.js'
import { version } from './version.js'

/** What the parts of one application's traces share. */
export class Tracing {
  readonly app: string
  readonly options: ResolvedTraceOptions
  /** Of whichever provider is registered when the first span is made. */
  readonly tracer: Tracer = trace.getTracer('@linkspan/otel', version)
  /** Which messages are traced. */
  readonly draw: Draw
  /** Then connections that are still there are not traced any more. */
  ended = false

  constructor(app: string, options: TraceOptions) {
    this.app = app
    this.options = resolveTraceOptions(options)
    this.draw = new Draw(this.options.messages)
  }

  /** What every span about a connection has. */
  about(conn: Connection<unknown>): Attributes {
    return {
      'linkspan.app': this.app,
      'linkspan.connection.id': conn.id,
      'linkspan.transport': conn.via,
      'network.protocol.name': 'websocket',
    }
  }
}

/** A value that is no string is none: it may be a client's. */
const strings: TextMapGetter<Carrier> = {
  keys: (carrier) => Object.keys(carrier),
  get(carrier, key) {
    const value = Object.hasOwn(carrier, key) ? carrier[key] : undefined
    return typeof value === 'string' ? value : undefined
  },
}

/** A context with the trace, the baggage and whatever else the registered propagator finds in a carrier. */
export function extracted(within: Context, carrier: Carrier): Context {
  return propagation.extract(within, carrier, strings)
}

export function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0
}
