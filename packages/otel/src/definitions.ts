/** What kind of instrument a metric is: a sum that only grows, a sum that also falls, a value, or a distribution. */
export type InstrumentKind = 'counter' | 'updowncounter' | 'gauge' | 'histogram'

/**
 * One metric: what it is called, what it means, and what its attributes are.
 *
 * @example
 * const { name, unit } = definitions['handshake.duration']
 */
export interface Definition {
  /** In OpenTelemetry's manner: words with dots. */
  readonly name: string
  readonly kind: InstrumentKind
  /** In UCUM's notation: `s`, `By`, `{connection}`. */
  readonly unit: string
  readonly description: string
  /** The names of its attributes, beside `linkspan.app`, which each has. */
  readonly attributes: readonly string[]
  /** The bounds of a histogram's buckets. */
  readonly buckets?: readonly number[]
}

/** From a tenth of a millisecond to ten seconds. */
const SECONDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]
/** From a second to a week: what a connection lasts. */
const LIVES: readonly number[] = [1, 10, 60, 300, 1_800, 3_600, 14_400, 43_200, 86_400, 604_800]

/** The metrics that are recorded as things happen, by their names without `linkspan.`. */
export type HistogramName =
  | 'connection.duration'
  | 'handshake.duration'
  | 'heartbeat.rtt'
  | 'message.duration'
  | 'store.duration'

/** The metrics that are read when they are collected, by their names without `linkspan.`. */
export type ObservedName =
  | 'backpressure'
  | 'breaker.state'
  | 'broker.buffer'
  | 'broker.channels'
  | 'broker.gaps'
  | 'broker.lag'
  | 'broker.messages'
  | 'broker.nodes'
  | 'broker.reconnects'
  | 'broker.status'
  | 'closes'
  | 'connections'
  | 'drain.active'
  | 'drain.remaining'
  | 'drops'
  | 'errors'
  | 'handshakes'
  | 'heartbeat.misses'
  | 'heartbeat.pings'
  | 'inbox.messages'
  | 'inbox.size'
  | 'message.size'
  | 'messages'
  | 'middleware.refusals'
  | 'outbox.size'
  | 'reconnects'
  | 'tenant.connections'
  | 'timers'
  | 'topics'

/**
 * Every metric there is, by its name without `linkspan.`: what the dashboard, the rules and the docs are made from.
 *
 * @example
 * for (const { name, unit, description } of Object.values(definitions)) console.log(name, unit, description)
 */
export const definitions: Readonly<Record<HistogramName | ObservedName, Definition>> = define({
  connections: [
    'updowncounter',
    '{connection}',
    'Connections there are.',
    ['linkspan.state', 'linkspan.transport'],
  ],
  'tenant.connections': [
    'updowncounter',
    '{connection}',
    'Active connections of a tenant.',
    ['linkspan.tenant'],
  ],
  'connection.duration': ['histogram', 's', 'How long active connections lasted.', [], LIVES],
  closes: [
    'counter',
    '{connection}',
    'Connections that ended after they were active, by our reason.',
    ['linkspan.close.code', 'linkspan.close.by'],
  ],
  handshakes: [
    'counter',
    '{handshake}',
    'Handshakes that are over, by how they went.',
    ['linkspan.outcome', 'http.response.status_code', 'linkspan.reason'],
  ],
  'handshake.duration': [
    'histogram',
    's',
    'From the arrival of an upgrade request to its end.',
    ['linkspan.outcome'],
    SECONDS,
  ],
  'middleware.refusals': [
    'counter',
    '{handshake}',
    'Handshakes that a middleware refused, or failed in.',
    ['linkspan.middleware', 'linkspan.decision'],
  ],
  messages: [
    'counter',
    '{message}',
    'Messages that arrived, or were handed to the transport.',
    ['network.io.direction'],
  ],
  'message.size': ['counter', 'By', 'Bytes of those messages.', ['network.io.direction']],
  'message.duration': ['histogram', 's', 'How long handling a message took; a sample of them.', [], SECONDS],
  'inbox.messages': ['updowncounter', '{message}', 'Messages that wait for handlers.', []],
  'inbox.size': ['updowncounter', 'By', 'Bytes that wait for handlers.', []],
  'outbox.size': ['updowncounter', 'By', 'Bytes that wait for slow peers.', []],
  drops: ['counter', '{message}', 'Messages that were dropped.', ['network.io.direction', 'linkspan.reason']],
  backpressure: ['counter', '{event}', 'Times that a peer read more slowly than we sent.', []],
  errors: ['counter', '{error}', 'Errors that were reported.', ['error.type']],
  topics: ['updowncounter', '{topic}', 'Topics that somebody is in.', []],
  timers: ['updowncounter', '{timer}', 'Timers that run.', []],
  'heartbeat.rtt': ['histogram', 's', 'Round trips of heartbeats.', [], SECONDS],
  'heartbeat.pings': ['counter', '{ping}', 'Pings that were sent.', []],
  'heartbeat.misses': [
    'counter',
    '{ping}',
    'Pings that nobody had answered by the next one, or by the end of their connection.',
    [],
  ],
  reconnects: ['counter', '{connection}', 'Clients that came back with their session.', []],
  'broker.status': [
    'gauge',
    '1',
    'Whether the engine between the nodes is up, degraded or down: 1 for what it is.',
    ['linkspan.status'],
  ],
  'broker.messages': [
    'counter',
    '{message}',
    'Messages between nodes: published, dropped, received, duplicate, missed.',
    ['linkspan.outcome'],
  ],
  'broker.lag': ['gauge', 's', 'For how long the oldest message for other nodes has waited.', []],
  'broker.buffer': ['updowncounter', 'By', 'Bytes that wait for the engine.', []],
  'broker.channels': ['updowncounter', '{channel}', 'Channels that this node has subscribed to.', []],
  'broker.nodes': ['updowncounter', '{node}', 'Other nodes that live.', []],
  'broker.reconnects': ['counter', '{event}', 'Times that the engine could be reached again.', []],
  'broker.gaps': ['counter', '{event}', 'Times that messages of other nodes were known to be missing.', []],
  'store.duration': [
    'histogram',
    's',
    'How long a session store took.',
    ['linkspan.operation', 'linkspan.outcome'],
    SECONDS,
  ],
  'breaker.state': [
    'gauge',
    '1',
    'Whether a circuit breaker is closed, open or half-open: 1 for what it is.',
    ['linkspan.breaker', 'linkspan.status'],
  ],
  'drain.active': ['gauge', '1', 'Whether the node drains: 1 if it does.', []],
  'drain.remaining': ['updowncounter', '{connection}', 'Connections that a drain still waits for.', []],
})

type Row = readonly [
  kind: InstrumentKind,
  unit: string,
  description: string,
  attributes: readonly string[],
  buckets?: readonly number[],
]

function define<Name extends string>(rows: Readonly<Record<Name, Row>>): Readonly<Record<Name, Definition>> {
  const entries = Object.entries<Row>(rows).map(([name, [kind, unit, description, attributes, buckets]]) => {
    const definition = { name: `linkspan.${name}`, kind, unit, description, attributes }
    return [name, buckets === undefined ? definition : { ...definition, buckets }]
  })
  return Object.fromEntries(entries) as Readonly<Record<Name, Definition>>
}
