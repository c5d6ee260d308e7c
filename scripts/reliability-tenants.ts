// What docs/reliability.md says of `pnpm --dir reliability tenants`.

import { MOST, NOISE } from '../reliability/runs/slowdown.js'
import type { TenantsReport } from '../reliability/runs/tenants.js'
import { plans, quotas } from '../reliability/server/plans.js'
import { table, told } from './figures.js'

/** What one tenant notices of another that wants more than it may have. */
export function tellTenants(): string {
  type Figures = {
    readonly pairs: number
    readonly visits: number
    readonly reports: readonly TenantsReport[]
  }
  const { connections, rooms, subscriptions, bytes, messages } = plans.greedy
  const number = (value: number): string => value.toLocaleString('en')
  return told<Figures>('## Tenants', 'tenants', ({ pairs, visits, reports }) => [
    [
      `Two tenants with quotas of \`@linkspan/tenancy\`. One takes what it may have (${connections} connections; ${rooms} rooms; ${subscriptions} subscriptions;`,
      `${number(bytes.points)} bytes and ${number(messages.points)} messages a second), one after another, and at each limit goes on to ask for more, with eight`,
      'connections at a time, as fast as it is refused. The other comes, asks ten times to join a room of the same name, and',
      `goes, five of it at a time: ${pairs} rounds of ${visits} visits alone and ${pairs} beside the greedy one, in turn, for each quota. The server has a`,
      'processor of its own; both tenants share the other one.',
    ].join('\n'),
    table(
      [
        'transport',
        'used up',
        'refused with',
        'times',
        'round trip p50, ms',
        'p99, ms',
        'handshake p50, ms',
        'p99, ms',
        'p99, times as long',
        'work for a refusal, ms',
        'for a visit, ms',
      ],
      reports.flatMap(({ transport, quotas: each }) =>
        each.map(({ quota, refused, words, handshakes, times, cost }) => [
          transport,
          quota,
          quotas[quota],
          refused,
          `${words.alone.p50} → ${words.beside.p50}`,
          `${words.alone.p99} → ${words.beside.p99}`,
          `${handshakes.alone.p50} → ${handshakes.beside.p50}`,
          `${handshakes.alone.p99} → ${handshakes.beside.p99}`,
          times.all,
          cost.refusal,
          cost.visit,
        ]),
      ),
    ),
    [
      'Round trips and handshakes are those of the other tenant, without and with the greedy one: the medians of the rounds. The',
      `ratio is that of the pairs of rounds, of both together, and takes a p99 of less than ${NOISE} ms alone for ${NOISE}; the test allows ${MOST}. The`,
      "work is the server's processor time.",
    ].join('\n'),
    [
      `The other tenant had ${reports.map(({ visits: came, transport }) => `${number(came)} connections on ${transport}`).join(' and ')}; one came at each limit, and stayed to the end.`,
      'None of them was refused, and none was closed by the server. What the server counted and what the greedy tenant was',
      'answered are the same, to the last one.',
    ].join('\n'),
  ])
}
