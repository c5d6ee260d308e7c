import { type Alert, APP_NAME, NODE_NAME } from './alert.js'
import type { Names } from './names.js'
import { NODE } from './recordings.js'

const MEBIBYTE = 1_048_576

/** Whether messages are handled, and reach those they are for. */
export function messageAlerts(n: Names): readonly Alert[] {
  const grows = (series: string, most: number): string =>
    [`sum by (${NODE}) (${series}) > ${most}`, 'and', `sum by (${NODE}) (deriv(${series}[10m])) > 0`].join(
      '\n',
    )
  return [
    {
      alert: 'LinkspanMessagesSlow',
      severity: 'warning',
      expr: 'fleet:linkspan_message_duration:p99_rate5m > 0.5',
      for: '10m',
      when: 'handling one of a hundred messages takes longer than half a second, for 10 minutes',
      summary: `${APP_NAME}: one of a hundred messages takes longer than {{ $value | humanizeDuration }}`,
      means:
        'Messages of a connection are handled one after the other: what waits behind a slow one is slow too.',
      steps: [
        'A trace shows what the handler waits for.',
        'Work that need not be over before the next message can go on without being awaited, with a bound of your own.',
      ],
    },
    {
      alert: 'LinkspanMessagesDropped',
      severity: 'warning',
      expr: 'fleet:linkspan_drops:ratio_rate5m > 0.01',
      for: '5m',
      when: 'more than 1 % of the messages of one direction are dropped, for 5 minutes',
      summary: `${APP_NAME}: {{ $value | humanizePercentage }} of the messages are dropped ({{ $labels.network_io_direction }})`,
      means: 'Somebody said something that nobody heard.',
      steps: [
        '*Drops by reason* says which bound it was: a full inbox or outbox, a rate, or a connection that was closing.',
        '`receive`: handlers are too slow, or clients too fast. `transmit`: clients read too slowly.',
      ],
    },
    {
      alert: 'LinkspanInboxGrowing',
      severity: 'warning',
      expr: grows(n.series('inbox.messages'), 1_000),
      for: '10m',
      when: 'more than 1,000 messages of a node wait for handlers, and ever more, for 10 minutes',
      summary: `${NODE_NAME}: {{ $value }} messages wait for handlers, and ever more`,
      means:
        'Messages come faster than they are handled. Past `inbox` clients are paused, or closed with 4101.',
      steps: [
        'Is it one node? Then its event loop, or what only it calls. All: what handlers call is slow.',
        'Limit what a client may say with `rateLimit`, add nodes, or make handlers wait for less.',
      ],
    },
    {
      alert: 'LinkspanOutboxGrowing',
      severity: 'warning',
      expr: grows(n.series('outbox.size'), 64 * MEBIBYTE),
      for: '10m',
      when: 'more than 64 MiB of a node wait for slow peers, and ever more, for 10 minutes',
      summary: `${NODE_NAME}: {{ $value | humanize1024 }}B wait for slow peers, and ever more`,
      means: 'The memory of the process goes with it.',
      steps: [
        'More is sent than clients read: the same as [LinkspanSlowConsumers](#linkspanslowconsumers), before they are cut.',
        'A smaller `outbox.bytes` cuts them sooner. Sized for all at once: `maxConnections × outbox.bytes` is the most there is.',
      ],
    },
    {
      alert: 'LinkspanErrors',
      severity: 'warning',
      expr: 'fleet:linkspan_errors:rate5m > 0.1',
      for: '5m',
      when: 'errors of one kind are reported more than once in 10 seconds, for 5 minutes',
      summary: `${APP_NAME}: {{ $value | humanize }} errors a second of the kind {{ $labels.error_type }}`,
      means: 'Handlers, middleware, listeners or releases fail.',
      steps: ['[Errors](errors.md) says what each code means; the log has the cause of each.'],
    },
  ]
}
