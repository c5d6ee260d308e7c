import { type Alert, APP_NAME, NODE_NAME, ofNode } from './alert.js'
import type { Names } from './names.js'
import { FLEET, NODE } from './recordings.js'

/** Whether what a node needs beyond itself works: the engine between nodes, stores, and that it can be taken away. */
export function clusterAlerts(n: Names): readonly Alert[] {
  const is = (status: string) => ofNode(n.series('broker.status', ['linkspan.status', '=', status]))
  const lost = (outcome: string) => n.series('broker.messages', ['linkspan.outcome', '=', outcome])
  const [nodes, remaining] = [ofNode(n.series('broker.nodes')), n.series('drain.remaining')]
  return [
    {
      alert: 'LinkspanBrokerDown',
      severity: 'critical',
      expr: `${is('down')} == 1`,
      for: '1m',
      when: 'a node cannot reach the engine between the nodes, for a minute',
      summary: `${NODE_NAME}: the broker is down`,
      means:
        'Its clients hear nothing of other nodes, nor they of them. What one node does by itself goes on.',
      steps: [
        'Is it all nodes? Then the engine. One: its network, or its credentials.',
        'Nothing needs to be restarted: bindings connect again by themselves, and tell what was missed with `gap`.',
        'What waits for the engine is bounded by `cluster.buffer`; what is more is dropped, and counted.',
      ],
    },
    {
      alert: 'LinkspanBrokerDegraded',
      severity: 'warning',
      expr: `${is('degraded')} == 1`,
      for: '5m',
      when: 'the engine is late or refuses calls of a node, for 5 minutes',
      summary: `${NODE_NAME}: the broker is degraded`,
      means: 'Messages between nodes are late, and some may be dropped.',
      steps: [
        'Look at the engine: its processor, its memory, its slowest client. See [Brokers](brokers.md).',
      ],
    },
    {
      alert: 'LinkspanBrokerLag',
      severity: 'warning',
      expr: `${ofNode(n.series('broker.lag'))} > 5`,
      for: '1m',
      when: 'the oldest message for other nodes has waited for more than 5 seconds, for a minute',
      summary: `${NODE_NAME}: messages for other nodes have waited for {{ $value | humanizeDuration }}`,
      means:
        'What is published on this node is heard late on others, and dropped when `cluster.buffer` is full.',
      steps: [
        'If the status is `up`: the engine is too slow for what is published. Publish less, or spread it: [Scale](scale.md).',
      ],
    },
    {
      alert: 'LinkspanBrokerDropping',
      severity: 'critical',
      expr: `sum by (${NODE}) (rate(${lost('dropped')}[5m])) > 0`,
      for: '1m',
      when: 'a node drops messages for other nodes, for a minute',
      summary: `${NODE_NAME}: {{ $value | humanize }} messages a second for other nodes are dropped`,
      means: 'The engine is away or too slow, and the buffer for it is full.',
      steps: ['As [LinkspanBrokerDown](#linkspanbrokerdown) and [LinkspanBrokerLag](#linkspanbrokerlag).'],
    },
    {
      alert: 'LinkspanBrokerGaps',
      severity: 'warning',
      expr: `sum by (${NODE}) (increase(${n.series('broker.gaps')}[10m])) > 0`,
      for: '0m',
      when: 'messages of other nodes were known to be missing, within the last 10 minutes',
      summary: `${NODE_NAME}: messages of other nodes are missing`,
      means: 'Clients may show what is no longer so, unless the application tells them to load again.',
      steps: [
        'After an outage of the engine, or the death of a node, it is what is promised: told, not healed.',
        "Listen to `app.on('gap', ...)` and tell those concerned: see [Brokers](brokers.md#what-is-promised).",
        'Without an outage: the engine loses messages. Which one, and why?',
      ],
    },
    {
      alert: 'LinkspanNodesDisagree',
      severity: 'warning',
      expr: [`${nodes} + 1`, `< on (${FLEET}) group_left`, `count by (${FLEET}) (${nodes})`].join('\n'),
      for: '2m',
      when: 'a node knows of fewer nodes than Prometheus does, for 2 minutes',
      summary: `${NODE_NAME}: it knows of {{ $value }} nodes, itself included, and there are more`,
      means: 'The cluster is split: presence, `disconnect` and messages do not reach everybody.',
      steps: [
        'All nodes of an application need the same engine and the same `name`.',
        'One that has just lost the engine: see [LinkspanBrokerDown](#linkspanbrokerdown).',
      ],
    },
    {
      alert: 'LinkspanStoreFailing',
      severity: 'critical',
      expr: 'fleet:linkspan_store_failed:ratio_rate5m > 0.05',
      for: '5m',
      when: 'more than 5 % of the calls of a session store fail, for 5 minutes',
      summary: `${APP_NAME}: {{ $value | humanizePercentage }} of the calls of the session store fail`,
      means: 'Sessions cannot be loaded or saved: clients are refused, or go on without what they had.',
      steps: [
        '*Stores* on the dashboard says which operation. Look at the store; changes are kept and tried again.',
      ],
    },
    {
      alert: 'LinkspanStoreSlow',
      severity: 'warning',
      expr: 'fleet:linkspan_store_duration:p99_rate5m > 0.25',
      for: '10m',
      when: 'one of a hundred calls of one operation of a session store takes longer than 250 ms, for 10 minutes',
      summary: `${APP_NAME}: one of a hundred calls of {{ $labels.linkspan_operation }} takes longer than {{ $value | humanizeDuration }}`,
      means: 'Handshakes wait for it.',
      steps: ['Look at the store, and at the network to it. Sessions that are large are slow everywhere.'],
    },
    {
      alert: 'LinkspanBreakerOpen',
      severity: 'warning',
      expr: `max by (${NODE}, ${n.label('breaker.state', 'linkspan.breaker')}) (${n.series('breaker.state', ['linkspan.status', '=', 'open'])}) == 1`,
      for: '1m',
      when: 'a circuit breaker is open, for a minute',
      summary: `${NODE_NAME}: the circuit breaker {{ $labels.linkspan_breaker }} is open`,
      means: 'What it protects fails, and is not asked; who needs it gets 503.',
      steps: [
        'It closes by itself when what it protects works again. Look at that.',
        'Opens without need? Then `errorRate`, `minimum` or `timeout` of the breaker are too strict.',
      ],
    },
    {
      alert: 'LinkspanDrainStuck',
      severity: 'warning',
      expr: [
        `${ofNode(remaining)} > 0`,
        'and',
        `${ofNode(remaining)} >= ${ofNode(`${remaining} offset 1m`)}`,
      ].join('\n'),
      for: '1m',
      when: 'a node drains, and no connection has left it for two minutes',
      summary: `${NODE_NAME}: the drain makes no progress`,
      means: 'A deployment waits for it, until it is killed: then releases do not run.',
      steps: [
        'A drain forces what is left at `grace`, 30 seconds by default. Was it given a longer one?',
        'A release that hangs holds its connection: [how it ends](deployment.md#how-it-ends), and the log names it.',
      ],
    },
  ]
}
