import type { Case, Teller, Told } from './case.js'

/** Of the alerts about messages. */
export function messageCases(t: Teller): readonly Case[] {
  const direction = 'network.io.direction'
  const messages = (values: string): Told => t.tell('messages', { [direction]: 'receive' }, values)
  const drops = (values: string): Told =>
    t.tell('drops', { [direction]: 'receive', 'linkspan.reason': 'inbox' }, values)
  const handled = (counts: Readonly<Record<string, number>>) => t.buckets('message.duration', {}, counts, 80)

  return [
    {
      alert: 'LinkspanMessagesSlow',
      because: 'one of fifty takes between 0.5 s and 1 s',
      told: handled({ 0.5: 98, 1: 100, '+Inf': 100 }),
      notYet: '10m',
      at: '20m',
      summary: 'chat: one of a hundred messages takes longer than 750ms',
    },
    {
      alert: 'LinkspanMessagesSlow',
      because: 'one of a thousand does',
      told: handled({ 0.5: 999, 1: 1_000, '+Inf': 1_000 }),
      at: '20m',
    },
    {
      alert: 'LinkspanMessagesDropped',
      because: 'one of fifty is',
      told: [messages('0+100x60'), drops('0+2x60')],
      notYet: '5m',
      at: '15m',
      labels: { network_io_direction: 'receive' },
      summary: 'chat: 2% of the messages are dropped (receive)',
    },
    {
      alert: 'LinkspanMessagesDropped',
      because: 'one of a thousand is',
      told: [messages('0+1000x60'), drops('0+1x60')],
      at: '15m',
    },
    {
      alert: 'LinkspanInboxGrowing',
      because: 'ever more wait',
      told: [t.tell('inbox.messages', {}, '0+100x80')],
      notYet: '15m',
      at: '30m',
      where: 'node',
      summary: 'chat on a:9464: 6000 messages wait for handlers, and ever more',
    },
    {
      alert: 'LinkspanInboxGrowing',
      because: 'many wait, and fewer again',
      told: [t.tell('inbox.messages', {}, '9000-100x80')],
      at: '30m',
    },
    {
      alert: 'LinkspanInboxGrowing',
      because: 'many wait, and not more than before',
      told: [t.tell('inbox.messages', {}, '9000x80')],
      at: '30m',
    },
    {
      alert: 'LinkspanInboxGrowing',
      because: 'few wait',
      told: [t.tell('inbox.messages', {}, '0+1x80')],
      at: '30m',
    },
    {
      alert: 'LinkspanOutboxGrowing',
      because: 'ever more waits',
      told: [t.tell('outbox.size', {}, '0+8388608x80')],
      notYet: '14m',
      at: '30m',
      where: 'node',
      summary: 'chat on a:9464: 480MiB wait for slow peers, and ever more',
    },
    {
      alert: 'LinkspanOutboxGrowing',
      because: 'as much waits as before',
      told: [t.tell('outbox.size', {}, '134217728x80')],
      at: '30m',
    },
    {
      alert: 'LinkspanOutboxGrowing',
      because: 'little waits',
      told: [t.tell('outbox.size', {}, '0+1000x80')],
      at: '30m',
    },
    {
      alert: 'LinkspanErrors',
      because: 'there is one every 3 seconds',
      told: [t.tell('errors', { 'error.type': 'LINKSPAN_HANDLER' }, '0+10x60')],
      notYet: '5m',
      at: '15m',
      labels: { error_type: 'LINKSPAN_HANDLER' },
      summary: 'chat: 333.3m errors a second of the kind LINKSPAN_HANDLER',
    },
    {
      alert: 'LinkspanErrors',
      because: 'there is one a minute',
      told: [t.tell('errors', { 'error.type': 'LINKSPAN_HANDLER' }, '0+1x20 20x40')],
      at: '15m',
    },
  ]
}
