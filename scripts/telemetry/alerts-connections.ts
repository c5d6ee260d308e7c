import { type Alert, APP_NAME, inTenMinutes } from './alert.js'
import type { Names } from './names.js'
import { FLEET } from './recordings.js'

/** Of fewer connections a share says nothing. */
const FEW = 100

/** Whether clients get in, and stay. */
export function connectionAlerts(n: Names): readonly Alert[] {
  const [active, nodes] = ['fleet:linkspan_connections:active', 'fleet:linkspan_nodes:count']
  const enough = `fleet:linkspan_handshakes:rate5m > 0.1`
  const closed = (code: string) => inTenMinutes(n.series('closes', ['linkspan.close.code', '=', code]))
  return [
    {
      alert: 'LinkspanGone',
      severity: 'critical',
      expr: `max_over_time(${nodes}[1h])\nunless\n${nodes}`,
      for: '2m',
      when: 'no node of an application has reported anything for 2 minutes, and some did within the last hour',
      summary: `${APP_NAME}: no node reports any more, and there were {{ $value }}`,
      means: 'All processes are gone, or Prometheus cannot reach them. Nobody is connected, or nobody knows.',
      steps: [
        'Look at `up` for the job: is it the scrape that fails, or the process?',
        'Processes that end by themselves say why in one line on the console: see [Deployment](deployment.md#how-it-ends).',
        'An application that was taken away for good is silent about it after an hour.',
      ],
    },
    {
      alert: 'LinkspanConnectionsDropped',
      severity: 'critical',
      expr: [
        `1 - ${active} / (${active} offset 1m) > 0.2`,
        `and on (${FLEET})`,
        `${active} offset 1m > ${FEW}`,
      ].join('\n'),
      for: '0m',
      when: `an application has lost more than 20 % of its connections within a minute, of ${FEW} at least`,
      summary: `${APP_NAME}: {{ $value | humanizePercentage }} of the connections went within a minute`,
      means:
        'A process or a balancer has died, or the network to the clients. Those will all come back at once.',
      steps: [
        'Is one `instance` missing? Then its process is gone: the others must carry its clients.',
        '*Closes by code* on the dashboard says why: 1006 by `network` is the network or a balancer, 4100 to 4102 are ours, 1012 is a drain. A drain of all nodes at once, instead of one after the other, looks just like this.',
        'Watch handshakes while they come back: `maxConnections` and `@linkspan/guard` keep that from getting worse.',
      ],
    },
    {
      alert: 'LinkspanReconnectLoop',
      severity: 'warning',
      expr: [
        `60 * sum by (${FLEET}) (rate(${n.series('handshakes', ['linkspan.outcome', '=', 'opened'])}[5m]))`,
        `/\n${active} > 0.5`,
        `and on (${FLEET})`,
        `${active} > ${FEW}`,
      ].join('\n'),
      for: '5m',
      when: `as many connections are opened each minute as half of those there are, of ${FEW} at least, for 5 minutes`,
      summary: `${APP_NAME}: {{ $value | humanizePercentage }} of the connections are opened anew each minute`,
      means: 'Connections do not last: clients get in, are thrown out or leave, and come again.',
      steps: [
        '*Closes by code* says who ends them, and why. 1011 is a handler that throws, 4101 a limit, 1006 a proxy.',
        'A proxy that cuts silent connections needs a shorter `heartbeat.interval`: see [Heartbeat](heartbeat.md#proxies).',
        'A client that tries again at once, without a pause, has to be put right: [what a client does](deployment.md#what-a-client-does).',
      ],
    },
    {
      alert: 'LinkspanHandshakesFailing',
      severity: 'warning',
      expr: `fleet:linkspan_handshakes_failed:ratio_rate5m > 0.1\nand\n${enough}`,
      for: '5m',
      when: 'more than 10 % of the handshakes are refused or broken off, for 5 minutes',
      summary: `${APP_NAME}: {{ $value | humanizePercentage }} of the handshakes fail`,
      means: 'Clients do not get in. Some of that is always so: expired tokens, scanners.',
      steps: [
        '*Refusals by status and reason* says why: 401 and 403 are credentials, 429 is a limit, 503 is a full or draining node.',
        '*Handshakes by outcome*: `aborted` ones left before they were answered, or ran out of `handshakeTimeout`.',
        'Refusals of one address or subject: see `@linkspan/guard`. Lower the threshold when you know what is usual.',
      ],
    },
    {
      alert: 'LinkspanHandshakesBroken',
      severity: 'critical',
      expr: `fleet:linkspan_handshakes_broken:ratio_rate5m > 0.05\nand\n${enough}`,
      for: '5m',
      when: 'more than 5 % of the handshakes are answered with a status from 500 on, for 5 minutes',
      summary: `${APP_NAME}: {{ $value | humanizePercentage }} of the handshakes are answered with 5xx`,
      means: 'It is our fault that clients do not get in, not theirs.',
      steps: [
        '500: a middleware throws. *Refusals by middleware* says which, *Errors* and the log say what.',
        '503: `maxConnections`, a drain, shed load or an open circuit breaker. 504: something behind a breaker is too slow.',
        'After a deployment: roll it back.',
      ],
    },
    {
      alert: 'LinkspanHandshakesSlow',
      severity: 'warning',
      expr: 'fleet:linkspan_handshake_duration:p99_rate5m > 1',
      for: '10m',
      when: 'one of a hundred handshakes that succeed takes longer than a second, for 10 minutes',
      summary: `${APP_NAME}: one of a hundred handshakes takes longer than {{ $value | humanizeDuration }}`,
      means: 'Clients wait. Past `handshakeTimeout`, 3 seconds by default, they are refused.',
      steps: [
        'A trace of a slow handshake shows which middleware takes the time.',
        'Usual causes: keys or profiles fetched for each handshake, a slow session store, an event loop that is busy.',
      ],
    },
    {
      alert: 'LinkspanMiddlewareFailing',
      severity: 'warning',
      expr: `sum by (${FLEET}, ${n.label('middleware.refusals', 'linkspan.middleware')}) (rate(${n.series('middleware.refusals', ['linkspan.decision', '=', 'failed'])}[5m])) > 0`,
      for: '5m',
      when: 'a middleware throws something that is no refusal, for 5 minutes',
      summary: `${APP_NAME}: the middleware {{ $labels.linkspan_middleware }} fails {{ $value | humanize }} times a second`,
      means: 'Those handshakes are answered with 500.',
      steps: [
        'The log has the error with its cause. What it called is down, or it has a bug.',
        'What may be down belongs behind a `circuitBreaker`: then it costs 503 and no time.',
      ],
    },
    {
      alert: 'LinkspanSlowConsumers',
      severity: 'warning',
      expr: [`${closed('4100')}\n/\n${active} > 0.01`, `and on (${FLEET})`, `${closed('4100')} > 10`].join(
        '\n',
      ),
      for: '0m',
      when: 'more than 1 % of the connections, and 10 at least, were cut with 4100 in 10 minutes',
      summary: `${APP_NAME}: {{ $value | humanizePercentage }} of the connections were cut for reading too slowly`,
      means: 'More is sent to clients than they read: their outbox was full.',
      steps: [
        'Is it all clients, since more is sent than before? Then send less: batch, sample, or split the rooms.',
        "Is it some, on slow networks? `outbox: { overflow: 'drop-oldest' }` keeps them, where the newest message is enough.",
      ],
    },
    {
      alert: 'LinkspanHeartbeatsLost',
      severity: 'warning',
      expr: [
        `${closed('4102')}\n/\n${inTenMinutes(n.series('closes'))} > 0.5`,
        `and on (${FLEET})`,
        `${closed('4102')} > 10`,
      ].join('\n'),
      for: '10m',
      when: 'more than half of the connections that end, and 10 in 10 minutes at least, end with 4102, for 10 minutes',
      summary: `${APP_NAME}: {{ $value | humanizePercentage }} of the connections that ended did not answer pings`,
      means: 'Peers vanish without a word: mobile networks do that, and proxies that forget connections.',
      steps: [
        'Of one `instance` only: its network, or its event loop stands still and reads no pongs.',
        'Of all: what was changed in front of them? See [Heartbeat](heartbeat.md#proxies).',
        'Always, with mobile clients: `heartbeat: paces.mobile`, or `adaptive()`.',
      ],
    },
    {
      alert: 'LinkspanHeartbeatMisses',
      severity: 'info',
      expr: 'fleet:linkspan_heartbeat_misses:ratio_rate5m > 0.2',
      for: '10m',
      when: 'more than 20 % of the pings are not answered before the next one, for 10 minutes',
      summary: `${APP_NAME}: {{ $value | humanizePercentage }} of the pings are not answered in time`,
      means: 'Connections are about to be cut with 4102, or are on bad networks.',
      steps: [
        '*Round trips* on the dashboard: slow ones point to networks, or to a busy event loop on our side.',
      ],
    },
    {
      alert: 'LinkspanTenantShare',
      severity: 'info',
      expr: [
        'fleet:linkspan_connections:share_of_tenant > 0.5',
        `and on (${FLEET})`,
        `count by (${FLEET}) (fleet:linkspan_connections:share_of_tenant) > 1`,
        `and on (${FLEET})`,
        `${active} > ${FEW}`,
      ].join('\n'),
      for: '15m',
      when: `one of several tenants has more than half of the connections, of ${FEW} at least, for 15 minutes`,
      summary: `${APP_NAME}: {{ $labels.linkspan_tenant }} has {{ $value | humanizePercentage }} of the connections`,
      means: 'One tenant can use up what all share.',
      steps: [
        'Give tenants quotas: see [Tenancy](tenancy.md).',
        'A tenant that has come to stay may deserve nodes of its own.',
      ],
    },
  ]
}
