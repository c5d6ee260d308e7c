import type { Tally } from './load/tally.js'
import type { Prometheus } from './run/prometheus.js'
import { until } from './run/until.js'

/**
 * Compares what the clients counted with what Prometheus was told, once all of them are gone: handshakes have to be the same.
 * Messages need not: what is on its way to a connection that ends is nobody's.
 */
export async function account(
  tally: Tally,
  prometheus: Prometheus,
  restarts: number,
): Promise<readonly string[]> {
  const ask = async () => {
    const [opened, refused, received, sent] = await Promise.all([
      prometheus.sum('linkspan_handshakes_total{linkspan_outcome="opened"}'),
      prometheus.sum('linkspan_handshakes_total{linkspan_outcome="refused"}'),
      prometheus.sum('linkspan_messages_total{network_io_direction="receive"}'),
      prometheus.sum('linkspan_messages_total{network_io_direction="transmit"}'),
    ])
    return { opened, refused, received, sent }
  }
  const agrees = ({ opened, refused }: Awaited<ReturnType<typeof ask>>): boolean =>
    opened === tally.opened && refused === tally.refusals
  // Prometheus learns of the last ones with its next scrape.
  const told = await until(
    'the last handshakes',
    async () => {
      const now = await ask()
      return agrees(now) ? now : undefined
    },
    { within: restarts > 0 ? 0 : 10_000 },
  ).catch(ask)
  return [
    `the clients: ${tally.opened} opened, ${tally.refusals} refused, ${tally.said} said, ${tally.heard} heard`,
    `Prometheus:  ${told.opened} opened, ${told.refused} refused, ${told.received} received, ${told.sent} sent`,
    restarts > 0
      ? 'A node that is started again counts from 0: what it had counted before is in the graphs, and in no total.'
      : agrees(told)
        ? 'Of handshakes they agree.'
        : 'Of handshakes they do not agree: somebody lost count, and that is a bug.',
  ]
}
