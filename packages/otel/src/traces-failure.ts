import { LinkspanError, Rejection, toError } from '@linkspan/core'
import { type Span, SpanStatusCode } from '@opentelemetry/api'

const NAME = /^[A-Za-z_$][\w.$]{0,63}$/

/** What kind of error was thrown: a code of ours, or the name of its class. Never its message, which may repeat data. */
function kindOf(thrown: unknown): string {
  if (thrown instanceof LinkspanError) return thrown.code
  if (!(thrown instanceof Error)) return typeof thrown
  // Names are written by whoever has made the error, too.
  return [thrown.name, thrown.constructor.name].find((name) => NAME.test(name)) ?? '_OTHER'
}

/** Records an exception: with message and stack only where the application says so. */
export function recordException(span: Span, thrown: unknown, whole: boolean): void {
  if (whole) span.recordException(toError(thrown))
  else span.addEvent('exception', { 'exception.type': kindOf(thrown) })
}

/** Records what a handler threw. To refuse a client is no failure. */
export function recordThrown(span: Span, thrown: unknown, whole: boolean): void {
  if (thrown instanceof Rejection) span.setAttribute('linkspan.close.code', thrown.code)
  const refusal = thrown instanceof Rejection ? thrown.status < 500 : isForbidden(thrown)
  if (refusal) return
  const type = kindOf(thrown)
  span.setAttribute('error.type', type)
  span.setStatus({ code: SpanStatusCode.ERROR })
  recordException(span, thrown, whole)
}

function isForbidden(thrown: unknown): boolean {
  return thrown instanceof LinkspanError && thrown.code === 'LINKSPAN_FORBIDDEN'
}
