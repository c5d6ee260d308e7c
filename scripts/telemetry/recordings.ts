// What Prometheus works out all the time, since alerts and people ask for it often. The names begin with what one series
// stands for: `fleet` is an application on all of its nodes.

import { labelOf, type Names } from './names.js'

/** A recording rule. */
export interface Recording {
  readonly record: string
  readonly expr: string
}

/** All nodes of one application. Labels that are not there, since nothing sets them, do no harm. */
export const FLEET = 'cluster, namespace, job, linkspan_app'

/** One node. */
export const NODE = `${FLEET}, instance, pod`

/** The recording rules, by what they are of. */
export function recordings(n: Names): readonly Recording[] {
  const [outcome, status] = ['linkspan.outcome', 'http.response.status_code']
  const handshakes = total(n.series('handshakes'))
  const direction = labelOf('network.io.direction')
  return [
    {
      record: 'fleet:linkspan_nodes:count',
      // Every node says whether it drains, from its start on.
      expr: `count by (${FLEET}) (${n.series('drain.active')})`,
    },
    {
      record: 'fleet:linkspan_connections:active',
      // Nodes that nobody has connected to yet say nothing of connections.
      expr: `sum by (${FLEET}) (${n.series('connections', ['linkspan.state', '=', 'active'])})\nor\n0 * fleet:linkspan_nodes:count`,
    },
    {
      record: 'fleet:linkspan_connections:share_of_tenant',
      expr: [
        `sum by (${FLEET}, ${n.label('tenant.connections', 'linkspan.tenant')}) (${n.series('tenant.connections')})`,
        `/ on (${FLEET}) group_left`,
        'fleet:linkspan_connections:active',
      ].join('\n'),
    },
    {
      record: 'fleet:linkspan_closes:rate5m',
      expr: total(n.series('closes'), n.label('closes', 'linkspan.close.code')),
    },
    { record: 'fleet:linkspan_handshakes:rate5m', expr: handshakes },
    {
      record: 'fleet:linkspan_handshakes_failed:ratio_rate5m',
      expr: shareOf(total(n.series('handshakes', [outcome, '!=', 'opened'])), handshakes),
    },
    {
      record: 'fleet:linkspan_handshakes_broken:ratio_rate5m',
      expr: shareOf(total(n.series('handshakes', [status, '=~', '5..'])), handshakes),
    },
    {
      record: 'fleet:linkspan_handshake_duration:p99_rate5m',
      expr: quantile(0.99, n.histogram('handshake.duration', 'bucket', [outcome, '=', 'opened'])),
    },
    {
      record: 'fleet:linkspan_messages:rate5m',
      expr: total(n.series('messages'), direction),
    },
    {
      record: 'fleet:linkspan_message_duration:p99_rate5m',
      expr: quantile(0.99, n.histogram('message.duration', 'bucket')),
    },
    {
      record: 'fleet:linkspan_drops:ratio_rate5m',
      expr: shareOf(total(n.series('drops'), direction), total(n.series('messages'), direction)),
    },
    {
      record: 'fleet:linkspan_errors:rate5m',
      expr: total(n.series('errors'), n.label('errors', 'error.type')),
    },
    {
      record: 'fleet:linkspan_heartbeat_misses:ratio_rate5m',
      expr: shareOf(total(n.series('heartbeat.misses')), total(n.series('heartbeat.pings'))),
    },
    {
      record: 'fleet:linkspan_store_duration:p99_rate5m',
      expr: quantile(
        0.99,
        n.histogram('store.duration', 'bucket'),
        n.label('store.duration', 'linkspan.operation'),
      ),
    },
    {
      record: 'fleet:linkspan_store_failed:ratio_rate5m',
      expr: shareOf(
        total(n.histogram('store.duration', 'count', [outcome, '!=', 'ok'])),
        total(n.histogram('store.duration', 'count')),
      ),
    },
  ]
}

/** Of the fleet a second, over five minutes; by one more label, if need be. */
function total(series: string, label = ''): string {
  return `sum by (${[FLEET, label].filter(Boolean).join(', ')}) (rate(${series}[5m]))`
}

function quantile(which: number, buckets: string, label = ''): string {
  const by = [FLEET, label, 'le'].filter(Boolean).join(', ')
  return `histogram_quantile(${which}, sum by (${by}) (rate(${buckets}[5m])))`
}

/** Where nothing was, a share is NaN or not there: an alert then keeps silent. */
function shareOf(part: string, whole: string): string {
  return `${part}\n/\n${whole}`
}
