import type { Case, Teller, Told } from './case.js'

/** Of the alerts about those who want to get in. */
export function handshakeCases(t: Teller): readonly Case[] {
  const opened = (values: string): Told => t.tell('handshakes', { 'linkspan.outcome': 'opened' }, values)
  const refused = (status: string, values: string): Told =>
    t.tell('handshakes', { 'linkspan.outcome': 'refused', 'http.response.status_code': status }, values)
  const failing = (values: string): Told =>
    t.tell(
      'middleware.refusals',
      { 'linkspan.middleware': 'profiles', 'linkspan.decision': 'failed' },
      values,
    )

  return [
    {
      alert: 'LinkspanHandshakesFailing',
      because: 'every fifth is refused',
      told: [opened('0+48x60'), refused('401', '0+12x60')],
      notYet: '5m',
      at: '15m',
      summary: 'chat: 20% of the handshakes fail',
    },
    {
      alert: 'LinkspanHandshakesFailing',
      because: 'none succeeds',
      told: [refused('401', '0+12x60')],
      at: '15m',
      summary: 'chat: 100% of the handshakes fail',
    },
    {
      alert: 'LinkspanHandshakesFailing',
      because: 'every twentieth is',
      told: [opened('0+57x60'), refused('401', '0+3x60')],
      at: '15m',
    },
    {
      alert: 'LinkspanHandshakesFailing',
      because: 'two a minute are nobody',
      told: [refused('401', '0+1x60')],
      at: '15m',
    },
    {
      alert: 'LinkspanHandshakesBroken',
      because: 'every tenth is answered with 500 or 503',
      told: [opened('0+54x60'), refused('500', '0+3x60'), refused('503', '0+3x60')],
      notYet: '5m',
      at: '15m',
      summary: 'chat: 10% of the handshakes are answered with 5xx',
    },
    {
      alert: 'LinkspanHandshakesBroken',
      because: 'it is their fault',
      told: [opened('0+30x60'), refused('401', '0+30x60')],
      at: '15m',
    },
    {
      alert: 'LinkspanHandshakesBroken',
      because: 'one of fifty is',
      told: [opened('0+49x60'), refused('500', '0+1x60')],
      at: '15m',
    },
    {
      alert: 'LinkspanHandshakesBroken',
      because: 'two a minute are nobody',
      told: [refused('500', '0+1x60')],
      at: '15m',
    },
    {
      alert: 'LinkspanHandshakesSlow',
      because: 'one of fifty takes between 1 s and 2.5 s',
      told: t.buckets(
        'handshake.duration',
        { 'linkspan.outcome': 'opened' },
        { 1: 98, 2.5: 100, '+Inf': 100 },
        80,
      ),
      notYet: '10m',
      at: '20m',
      summary: 'chat: one of a hundred handshakes takes longer than 1.75s',
    },
    {
      alert: 'LinkspanHandshakesSlow',
      because: 'one of a thousand does',
      told: t.buckets(
        'handshake.duration',
        { 'linkspan.outcome': 'opened' },
        { 1: 999, 2.5: 1_000, '+Inf': 1_000 },
        80,
      ),
      at: '20m',
    },
    {
      alert: 'LinkspanHandshakesSlow',
      because: 'those that are refused say nothing about those that are not',
      told: t.buckets(
        'handshake.duration',
        { 'linkspan.outcome': 'refused' },
        { 1: 0, 2.5: 100, '+Inf': 100 },
        80,
      ),
      at: '20m',
    },
    {
      alert: 'LinkspanMiddlewareFailing',
      because: 'one throws every 5 seconds',
      told: [failing('0+6x60')],
      notYet: '5m',
      at: '15m',
      labels: { linkspan_middleware: 'profiles' },
      summary: 'chat: the middleware profiles fails 200m times a second',
    },
    {
      alert: 'LinkspanMiddlewareFailing',
      because: 'it has refused, which is its task',
      told: [
        failing('3x60'),
        t.tell(
          'middleware.refusals',
          { 'linkspan.middleware': 'jwt', 'linkspan.decision': 'refused' },
          '0+6x60',
        ),
      ],
      at: '15m',
    },
  ]
}
