import type { Names } from './names.js'
import { called, Queries, type Section } from './panel.js'
import { broker, drain, stores } from './sections-cluster.js'

const [STATE, TRANSPORT, TENANT] = ['linkspan.state', 'linkspan.transport', 'linkspan.tenant']
const [CODE, BY, OUTCOME] = ['linkspan.close.code', 'linkspan.close.by', 'linkspan.outcome']
const [STATUS, REASON, DIRECTION] = ['http.response.status_code', 'linkspan.reason', 'network.io.direction']

/** What the dashboard shows, from who is connected to how nodes leave. */
export function sectionsOf(n: Names): readonly Section[] {
  const q = new Queries(n)
  return [
    connections(q),
    handshakes(q),
    messages(q),
    pressure(q),
    heartbeat(q),
    broker(q),
    stores(q),
    drain(q),
  ]
}

function connections(q: Queries): Section {
  const { expr: tenants, legend } = q.now('tenant.connections', [TENANT])
  return {
    title: 'Connections',
    plans: [
      {
        title: 'Connections by state',
        unit: 'short',
        stacked: true,
        queries: [q.now('connections', [STATE])],
      },
      {
        title: 'Active connections by node',
        unit: 'short',
        stacked: true,
        queries: [q.now('connections', 'node', [STATE, '=', 'active'])],
      },
      {
        title: 'Active connections by transport',
        unit: 'short',
        stacked: true,
        queries: [q.now('connections', [TRANSPORT], [STATE, '=', 'active'])],
      },
      { title: 'Largest tenants', unit: 'short', queries: [{ expr: `topk(10, ${tenants})`, legend }] },
      {
        title: 'Closes by code',
        description: 'Our reason, and who asked first. What the codes mean: docs/close-codes.md.',
        unit: 'eps',
        stacked: true,
        queries: [q.rate('closes', [CODE, BY])],
      },
      { title: 'How long connections lasted', unit: 's', queries: q.quantiles('connection.duration') },
      {
        title: 'Returned with their session',
        unit: 'eps',
        queries: [called('clients', q.rate('reconnects', []))],
      },
      { title: 'Topics', unit: 'short', queries: [q.now('topics', 'node')] },
      {
        title: 'Timers',
        description:
          'Those of connections, and the one of the heartbeat. Far more than connections is a leak.',
        unit: 'short',
        queries: [q.now('timers', 'node')],
      },
    ],
  }
}

function handshakes(q: Queries): Section {
  return {
    title: 'Handshakes',
    plans: [
      {
        title: 'Handshakes by outcome',
        unit: 'reqps',
        stacked: true,
        queries: [q.rate('handshakes', [OUTCOME])],
      },
      {
        title: 'Refusals by status and reason',
        unit: 'reqps',
        stacked: true,
        queries: [q.rate('handshakes', [STATUS, REASON], [OUTCOME, '!=', 'opened'])],
      },
      {
        title: 'Refusals by middleware',
        unit: 'reqps',
        stacked: true,
        queries: [q.rate('middleware.refusals', ['linkspan.middleware', 'linkspan.decision'])],
      },
      {
        title: 'How long handshakes took that succeeded',
        unit: 's',
        queries: q.quantiles('handshake.duration', [OUTCOME, '=', 'opened']),
      },
      {
        title: 'How long the others took',
        unit: 's',
        queries: [q.quantile('handshake.duration', 0.95, [OUTCOME], [OUTCOME, '!=', 'opened'])],
      },
      {
        title: 'Errors',
        description: 'By code: docs/errors.md.',
        unit: 'eps',
        stacked: true,
        queries: [q.rate('errors', ['error.type'])],
      },
    ],
  }
}

function messages(q: Queries): Section {
  return {
    title: 'Messages',
    plans: [
      { title: 'Messages', unit: 'mps', queries: [q.rate('messages', [DIRECTION])] },
      { title: 'Bytes', unit: 'Bps', queries: [q.rate('message.size', [DIRECTION])] },
      {
        title: 'How long handling took',
        description: 'Of a sample of the messages.',
        unit: 's',
        queries: q.quantiles('message.duration'),
      },
      { title: 'Messages that wait for handlers', unit: 'short', queries: [q.now('inbox.messages', 'node')] },
      { title: 'Bytes that wait for handlers', unit: 'bytes', queries: [q.now('inbox.size', 'node')] },
      {
        title: 'Drops by reason',
        unit: 'mps',
        stacked: true,
        queries: [q.rate('drops', [DIRECTION, REASON])],
      },
    ],
  }
}

function pressure(q: Queries): Section {
  return {
    title: 'Back-pressure',
    plans: [
      { title: 'Bytes that wait for slow peers', unit: 'bytes', queries: [q.now('outbox.size', 'node')] },
      { title: 'Times that peers read too slowly', unit: 'eps', queries: [q.rate('backpressure', 'node')] },
      {
        title: 'Cut for reading too slowly (4100)',
        unit: 'eps',
        queries: [q.rate('closes', 'node', [CODE, '=', '4100'])],
      },
    ],
  }
}

function heartbeat(q: Queries): Section {
  return {
    title: 'Heartbeat',
    plans: [
      { title: 'Round trips', unit: 's', queries: q.quantiles('heartbeat.rtt') },
      {
        title: 'Pings, and those that were not answered',
        unit: 'eps',
        queries: [
          called('sent', q.rate('heartbeat.pings', [])),
          called('missed', q.rate('heartbeat.misses', [])),
        ],
      },
      {
        title: 'Cut for their silence (4102)',
        unit: 'eps',
        queries: [q.rate('closes', 'node', [CODE, '=', '4102'])],
      },
    ],
  }
}
