import { badOption, type Connection, type Message, oneOf, type Publication, shown } from '@linkspan/core'
import type { Attributes } from '@opentelemetry/api'

/**
 * What a trace consists of.
 *
 * @example
 * const options: TraceOptions = { messages: 0.001, attributes: (conn) => ({ plan: planOf(conn) }) }
 */
export interface TraceOptions {
  /**
   * The part of the messages that are traced, from 0 to 1, chosen before anything is made for them. Your SDK's sampler
   * keeps of those what it keeps of any root span. Default: 0.01.
   */
  readonly messages?: number
  /**
   * Where messages carry a trace's context (`traceparent`, or whatever your propagator reads): answers it, and the message
   * is part of that trace, if that is sampled. Asked for every message. Who sends such messages decides what is traced:
   * answer `undefined` for those that you do not trust with that, or have them limited.
   */
  readonly parent?: (conn: Connection<unknown>, message: Message) => Carrier | undefined
  /**
   * What becomes of spans that are made while a message is handled that is not traced: they begin traces of their own
   * (`apart`), or are not recorded (`quiet`, by samplers that heed the parent, as they do by default), which costs a
   * context for each such message. Default: `'apart'`.
   */
  readonly untraced?: 'apart' | 'quiet'
  /** The route of a connection, such as `/chat/:room`: names its handshake's span. One of few. Default: none. */
  readonly route?: (conn: Connection<unknown>) => string | undefined
  /**
   * What stands for the name of a topic or an event, such as `room:*`: one of few, and nobody's secret. Default: none, and
   * the names themselves are in no span.
   */
  readonly destination?: (about: Publication) => string | undefined
  /** More attributes for handshakes and traced messages: a tenant, say. Default: none. */
  readonly attributes?: (conn: Connection<unknown>) => Attributes
  /** Whether handshakes tell the client's address and user agent. Default: false. */
  readonly client?: boolean
  /**
   * Whether what handlers and middleware throw is recorded with its message and stack, which may repeat what a client has
   * sent. Default: false, and the kind of error is recorded.
   */
  readonly exceptions?: boolean
}

/**
 * What carries a trace's context: names and values, as headers are. What is no string is passed by.
 *
 * @example
 * const carrier: Carrier = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
 */
export type Carrier = Readonly<Record<string, unknown>>

/** The options, checked. */
export interface ResolvedTraceOptions extends TraceOptions {
  readonly messages: number
  readonly quiet: boolean
}

export function resolveTraceOptions(options: TraceOptions): ResolvedTraceOptions {
  const { messages = 0.01, untraced = 'apart' } = options
  if (!(typeof messages === 'number' && messages >= 0 && messages <= 1)) {
    throw badOption(`messages takes a number from 0 to 1, not ${shown(messages)}.`)
  }
  return { ...options, messages, quiet: oneOf('untraced', untraced, ['apart', 'quiet']) === 'quiet' }
}
