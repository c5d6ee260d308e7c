import type { Prometheus, Sample } from './run/prometheus.js'

/** What a glance at a fleet asks for. */
export const QUERIES = {
  up: 'up{job="linkspan"}',
  connections: 'sum by (instance, linkspan_state) (linkspan_connections)',
  refused:
    'sum by (http_response_status_code, linkspan_reason) (linkspan_handshakes_total{linkspan_outcome="refused"})',
  messages: 'sum by (network_io_direction) (rate(linkspan_messages_total[15s]))',
  p99: 'histogram_quantile(0.99, sum by (le) (rate(linkspan_message_duration_bucket[30s])))',
} as const

/** How the fleet is, in two lines, as Prometheus tells it. */
export async function summary(prometheus: Prometheus, names: readonly string[]): Promise<readonly string[]> {
  const [up, connections, refused, messages, p99, alerts] = await Promise.all([
    prometheus.query(QUERIES.up),
    prometheus.query(QUERIES.connections),
    prometheus.query(QUERIES.refused),
    prometheus.query(QUERIES.messages),
    prometheus.sum(QUERIES.p99),
    prometheus.alerts(),
  ])
  const rate = (direction: string): string =>
    String(Math.round(sumWhere(messages, ({ network_io_direction: each }) => each === direction)))
  const told = alerts.map(({ state, labels }) => `${labels['alertname'] ?? ''} ${state}`)
  return [
    `${names.map((name) => connectionsOf(name, up, connections)).join(', ')} · messages ${rate('receive')}/s in, ` +
      `${rate('transmit')}/s out · handlers p99 ${Number.isNaN(p99) ? '–' : `${Math.round(p99 * 1_000)} ms`}`,
    `refused ${refusals(refused)} · alerts ${told.length === 0 ? 'none' : [...new Set(told)].join(', ')}`,
  ]
}

/** “north 61 active 1 closing”; or that it is down, where Prometheus cannot scrape it. */
function connectionsOf(name: string, up: readonly Sample[], connections: readonly Sample[]): string {
  const own = ({ labels }: Sample): boolean => labels['instance'] === name
  if (!up.some((sample) => own(sample) && sample.value === 1)) return `${name} down`
  const counts = connections
    .filter((sample) => own(sample) && sample.value > 0)
    .map(({ labels, value }) => `${value} ${labels['linkspan_state'] ?? ''}`)
  return `${name} ${counts.length === 0 ? '0 active' : counts.join(' ')}`
}

/** “12× 401, 3× 503 restarting”. */
function refusals(samples: readonly Sample[]): string {
  const told = samples
    .filter(({ value }) => value > 0)
    .map(({ labels, value }) => {
      const { http_response_status_code: status = '', linkspan_reason: reason = '' } = labels
      return `${value}× ${status}${reason === '' ? '' : ` ${reason}`}`
    })
  return told.length === 0 ? 'nobody' : told.join(', ')
}

function sumWhere(samples: readonly Sample[], holds: (labels: Sample['labels']) => boolean): number {
  return samples.reduce((sum, { labels, value }) => sum + (holds(labels) ? value : 0), 0)
}
