import {
  type AroundMessage,
  type Connection,
  type Handled,
  LinkspanError,
  type Message,
} from '@linkspan/core'
import {
  type Context,
  context,
  isSpanContextValid,
  type Link,
  type Span,
  SpanKind,
  trace,
} from '@opentelemetry/api'
import { recordThrown } from './traces-failure.js'
import type { Carrier } from './traces-options.js'
import { extracted, isSampled, type Tracing } from './tracing.js'

/** The trace that a client says a message belongs to, within what is ambient. */
export function clientsTrace(carrier: Carrier): Context | undefined {
  const parent = extracted(trace.deleteSpan(context.active()), carrier)
  const remote = trace.getSpanContext(parent)
  return remote !== undefined && isSpanContextValid(remote) ? parent : undefined
}

/** Whether what happens in a context is recorded. */
export function isTraced(parent: Context): boolean {
  const around = trace.getSpanContext(parent)
  return around !== undefined && isSampled(around)
}

/** A span around the handling of one message: in the trace of `parent`, or in one of its own. */
export function spanAround(
  tracing: Tracing,
  conn: Connection<unknown>,
  { kind, size }: Message,
  links: Link[],
  parent?: Context,
): AroundMessage {
  const more = tracing.options.attributes?.(conn)
  // One literal: of what is done for a traced message, to put objects together would take the most time.
  const attributes = {
    'linkspan.app': tracing.app,
    'linkspan.connection.id': conn.id,
    'linkspan.message.kind': kind,
    'linkspan.transport': conn.via,
    'messaging.message.body.size': size,
    'messaging.operation.name': 'handle',
    'messaging.operation.type': 'process',
    'messaging.system': 'websocket',
    'network.protocol.name': 'websocket',
  }
  return (handle) => {
    const within = parent ?? context.active()
    const root = parent === undefined
    const span = tracing.tracer.startSpan(
      'handle message',
      { kind: SpanKind.CONSUMER, root, links, attributes },
      within,
    )
    if (more !== undefined) span.setAttributes(more)
    const whole = tracing.options.exceptions === true
    const failed = (thrown: unknown): void => {
      if (!isOwnEnd(conn, thrown)) recordThrown(span, thrown, whole)
      span.end()
    }
    return follow(span, () => context.with(trace.setSpan(within, span), handle), failed)
  }
}

/** Ends a span when what is called is over, be that now or later. */
function follow(span: Span, call: () => Handled, failed: (thrown: unknown) => void): Handled {
  let answer: Handled
  try {
    answer = call()
  } catch (thrown) {
    failed(thrown)
    throw thrown
  }
  if (!isThenable(answer)) {
    span.end()
    return answer
  }
  // A thenable that is no promise may begin its work anew with each `then`: what is handed on is the one that is followed.
  const whole = Promise.resolve(answer)
  whole.then(() => span.end(), failed).catch(nothing)
  return whole
}

function isThenable(answer: unknown): answer is PromiseLike<unknown> {
  return (
    typeof answer === 'object' && answer !== null && 'then' in answer && typeof answer.then === 'function'
  )
}

/** Whether a handler has thrown only because the connection ends. */
function isOwnEnd(conn: Connection<unknown>, thrown: unknown): boolean {
  return conn.state !== 'active' && thrown instanceof LinkspanError && thrown.code === 'LINKSPAN_CLOSED'
}

/** What an SDK throws at the end of a span must not end the process. */
function nothing(): void {}
