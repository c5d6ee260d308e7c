import type { Linkspan } from '@linkspan/core'
import { ConnectionTrace } from './traces-connection.js'
import type { TraceOptions } from './traces-options.js'
import { PublicationTraces } from './traces-publication.js'
import { Tracing } from './tracing.js'

/**
 * Traces an application, with whatever OpenTelemetry SDK is registered: a span for each handshake, with an event for each
 * middleware; a span for each traced message, in a trace of its own that links to the handshake; and what is published
 * there goes on in the same trace on other nodes. Give the application a `context`, so that no handshake stays ambient in
 * its handlers. Affects connections that come from now on. Answers what ends it.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for an option out of its range.
 *
 * @example
 * const app = linkspan({ context: asyncContext() })
 * const end = traces(app, { messages: 0.001 })
 */
export function traces(
  app: Pick<Linkspan<unknown>, 'observe' | 'options'>,
  options: TraceOptions = {},
): () => void {
  const tracing = new Tracing(app.options.name, options)
  const publications = new PublicationTraces(tracing)
  const end = app.observe({
    watch: (conn) => new ConnectionTrace(tracing, conn),
    inject: (about) => publications.inject(about),
    extract: (headers, about, node, deliver) => publications.extract(headers, about, node, deliver),
  })
  return () => {
    tracing.ended = true
    end()
  }
}
