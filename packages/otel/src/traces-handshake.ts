import type { Connection, Outcome, Step } from '@linkspan/core'
import { type Context, context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Carrier } from './traces-options.js'
import { extracted, type Tracing } from './tracing.js'

/** UTF-16 units of a path or a user agent that a span takes: a client may send as much as HTTP lets it. */
const LONGEST = 1_024

/** Begins the span of a handshake; `within` is the context in which middleware runs. */
export function beginHandshake(
  tracing: Tracing,
  conn: Connection<unknown>,
): { readonly span: Span; readonly within: Context } {
  const { client, route } = tracing.options
  const { path, headers, address } = conn.request
  const template = route?.(conn)
  const attributes = {
    ...tracing.about(conn),
    'http.request.method': 'GET',
    'url.path': path.slice(0, LONGEST),
    ...(template !== undefined && { 'http.route': template }),
    ...(client === true && {
      'client.address': address,
      'user_agent.original': headers['user-agent']?.slice(0, LONGEST),
    }),
  }
  const name = template === undefined ? 'WebSocket handshake' : `GET ${template}`
  const parent = parentOf(headers)
  const span = tracing.tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent)
  return { span, within: trace.setSpan(parent, span) }
}

/**
 * What the client's headers say. A span that is there and goes on is one that a framework has made for this request, and
 * knows as much; another one was there when the server was started, and has nothing to do with it.
 */
function parentOf(headers: Carrier): Context {
  const active = context.active()
  const remote = extracted(trace.deleteSpan(active), headers)
  const around = trace.getSpan(active)
  return around?.isRecording() === true ? trace.setSpan(remote, around) : remote
}

/** What a middleware has decided. */
export function recordStep(span: Span, { name, index, decision, duration, status, reason }: Step): void {
  if (!span.isRecording()) return
  span.addEvent('linkspan.middleware', {
    'linkspan.middleware': name === '' ? 'anonymous' : name,
    'linkspan.step': index,
    'linkspan.decision': decision,
    'linkspan.duration': duration / 1_000,
    ...(status !== undefined && { 'http.response.status_code': status }),
    ...(reason !== undefined && reason !== '' && { 'linkspan.reason': reason }),
  })
}

/** Ends the span of a handshake. */
export function endHandshake(
  tracing: Tracing,
  conn: Connection<unknown>,
  span: Span,
  { outcome, status = outcome === 'opened' ? 101 : undefined, code, reason }: Outcome,
): void {
  try {
    if (!span.isRecording()) return
    span.setAttributes({
      'linkspan.outcome': outcome,
      ...(status !== undefined && { 'http.response.status_code': status }),
      ...(code !== undefined && { 'linkspan.close.code': code }),
      ...(reason !== undefined && reason !== '' && { 'linkspan.reason': reason }),
      ...(conn.protocol !== '' && { 'linkspan.protocol': conn.protocol }),
    })
    if (status !== undefined && status >= 500) {
      span.setAttribute('error.type', String(status))
      span.setStatus({ code: SpanStatusCode.ERROR })
    }
    span.setAttributes(tracing.options.attributes?.(conn) ?? {})
  } finally {
    span.end()
  }
}
