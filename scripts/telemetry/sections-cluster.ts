import { called, type Queries, type Section } from './panel.js'

const OUTCOME = 'linkspan.outcome'

/** What is between the nodes. */
export function broker(q: Queries): Section {
  return {
    title: 'Between the nodes',
    plans: [
      {
        title: 'Nodes by what they say of the broker',
        unit: 'short',
        stacked: true,
        queries: [q.now('broker.status', ['linkspan.status'])],
      },
      { title: 'Messages between nodes', unit: 'mps', queries: [q.rate('broker.messages', [OUTCOME])] },
      { title: 'Age of the oldest that waits', unit: 's', queries: [q.now('broker.lag', 'node')] },
      { title: 'Bytes that wait for the broker', unit: 'bytes', queries: [q.now('broker.buffer', 'node')] },
      {
        title: 'Other nodes',
        description: 'How many each node knows of. All should agree.',
        unit: 'short',
        queries: [q.now('broker.nodes', 'node')],
      },
      { title: 'Channels', unit: 'short', queries: [q.now('broker.channels', 'node')] },
      {
        title: 'Returns of the broker, and gaps',
        unit: 'eps',
        queries: [
          called('returns', q.rate('broker.reconnects', [])),
          called('gaps', q.rate('broker.gaps', [])),
        ],
      },
    ],
  }
}

/** What nodes ask. */
export function stores(q: Queries): Section {
  return {
    title: 'Stores and circuit breakers',
    plans: [
      {
        title: 'How long stores took',
        unit: 's',
        queries: [q.quantile('store.duration', 0.99, ['linkspan.operation'])],
      },
      {
        title: 'Calls of stores',
        unit: 'reqps',
        queries: [q.calls('store.duration', ['linkspan.operation', OUTCOME])],
      },
      {
        title: 'Nodes by what their circuit breakers are',
        unit: 'short',
        stacked: true,
        queries: [q.now('breaker.state', ['linkspan.breaker', 'linkspan.status'])],
      },
    ],
  }
}

/** How nodes leave. */
export function drain(q: Queries): Section {
  return {
    title: 'Drain',
    plans: [
      { title: 'Nodes that drain', unit: 'short', queries: [q.now('drain.active', 'node')] },
      { title: 'Connections that they wait for', unit: 'short', queries: [q.now('drain.remaining', 'node')] },
    ],
  }
}
