import { type Case, NODE_A, type Teller, type Told } from './case.js'

const NODE_B = { job: 'chat', instance: 'b:9464' }

/** Of the alerts about what a node needs beyond itself. */
export function clusterCases(t: Teller): readonly Case[] {
  const status = (which: string, values: string, node = NODE_A): Told =>
    t.tell('broker.status', { 'linkspan.status': which }, values, node)
  const nodes = (values: string, node = NODE_A): Told => t.tell('broker.nodes', {}, values, node)
  const messages = (outcome: string, values: string): Told =>
    t.tell('broker.messages', { 'linkspan.outcome': outcome }, values)
  const breaker = (values: string): Told =>
    t.tell('breaker.state', { 'linkspan.breaker': 'profiles', 'linkspan.status': 'open' }, values)
  const called = (outcome: string, values: string): Told =>
    t.count('store.duration', { 'linkspan.operation': 'load', 'linkspan.outcome': outcome }, values)
  const loads = (counts: Readonly<Record<string, number>>) =>
    t.buckets('store.duration', { 'linkspan.operation': 'load', 'linkspan.outcome': 'ok' }, counts, 80)
  const drain = (remaining: string): readonly Told[] => [t.tell('drain.remaining', {}, remaining)]

  return [
    {
      alert: 'LinkspanBrokerDown',
      because: 'it is, of one node',
      told: [status('down', '0x10 1x30'), status('up', '1x10 0x30'), status('down', '0x40', NODE_B)],
      notYet: '6m',
      at: '8m',
      where: 'node',
      summary: 'chat on a:9464: the broker is down',
    },
    {
      alert: 'LinkspanBrokerDown',
      because: 'it is back after half a minute',
      told: [status('down', '0x10 1 0x30'), status('up', '1x10 0 1x30')],
      at: '8m',
    },
    {
      alert: 'LinkspanBrokerDegraded',
      because: 'it is late, all the time',
      told: [status('degraded', '1x40')],
      notYet: '4m30s',
      at: '8m',
      where: 'node',
      summary: 'chat on a:9464: the broker is degraded',
    },
    {
      alert: 'LinkspanBrokerDegraded',
      because: 'it is up',
      told: [status('degraded', '0x40'), status('up', '1x40')],
      at: '8m',
    },
    {
      alert: 'LinkspanBrokerLag',
      because: 'messages wait for ever longer',
      told: [t.tell('broker.lag', {}, '0+1x40')],
      notYet: '3m30s',
      at: '10m',
      where: 'node',
      summary: 'chat on a:9464: messages for other nodes have waited for 20s',
    },
    {
      alert: 'LinkspanBrokerLag',
      because: 'they wait for a moment',
      told: [t.tell('broker.lag', {}, '0.02x40')],
      at: '10m',
    },
    {
      alert: 'LinkspanBrokerDropping',
      because: 'ten a second are dropped',
      told: [messages('dropped', '0+300x40')],
      notYet: '1m',
      at: '10m',
      where: 'node',
      summary: 'chat on a:9464: 10 messages a second for other nodes are dropped',
    },
    {
      alert: 'LinkspanBrokerDropping',
      because: 'that was long ago',
      told: [messages('dropped', '0+300x4 1200x60'), messages('published', '0+300x60')],
      at: '20m',
    },
    {
      alert: 'LinkspanBrokerGaps',
      because: 'there was one',
      told: [t.tell('broker.gaps', {}, '0x10 1x40')],
      at: '8m',
      where: 'node',
      summary: 'chat on a:9464: messages of other nodes are missing',
    },
    {
      alert: 'LinkspanBrokerGaps',
      because: 'there was one an hour ago',
      told: [t.tell('broker.gaps', {}, '0x10 1x140')],
      at: '65m',
    },
    {
      alert: 'LinkspanNodesDisagree',
      because: 'one of two believes to be alone',
      told: [nodes('1x4 0x40'), nodes('1x44', NODE_B)],
      notYet: '4m',
      at: '10m',
      where: 'node',
      summary: 'chat on a:9464: it knows of 1 nodes, itself included, and there are more',
    },
    {
      alert: 'LinkspanNodesDisagree',
      because: 'both know each other',
      told: [nodes('1x44'), nodes('1x44', NODE_B)],
      at: '10m',
    },
    {
      alert: 'LinkspanStoreFailing',
      because: 'every tenth call does',
      told: [called('ok', '0+90x60'), called('failed', '0+10x60')],
      notYet: '5m',
      at: '15m',
      summary: 'chat: 10% of the calls of the session store fail',
    },
    {
      alert: 'LinkspanStoreFailing',
      because: 'one of a hundred does',
      told: [called('ok', '0+99x60'), called('failed', '0+1x60')],
      at: '15m',
    },
    {
      alert: 'LinkspanStoreSlow',
      because: 'one of fifty takes between 0.25 s and 0.5 s',
      told: loads({ 0.25: 98, 0.5: 100, '+Inf': 100 }),
      notYet: '10m',
      at: '20m',
      labels: { linkspan_operation: 'load' },
      summary: 'chat: one of a hundred calls of load takes longer than 375ms',
    },
    {
      alert: 'LinkspanStoreSlow',
      because: 'one of a thousand does',
      told: loads({ 0.25: 999, 0.5: 1_000, '+Inf': 1_000 }),
      at: '20m',
    },
    {
      alert: 'LinkspanBreakerOpen',
      because: 'it is, and stays so',
      told: [breaker('0x10 1x30')],
      notYet: '6m',
      at: '8m',
      where: 'node',
      labels: { linkspan_breaker: 'profiles' },
      summary: 'chat on a:9464: the circuit breaker profiles is open',
    },
    {
      alert: 'LinkspanBreakerOpen',
      because: 'it closes again',
      told: [breaker('0x10 1 0x30')],
      at: '8m',
    },
    {
      alert: 'LinkspanDrainStuck',
      because: 'seven connections do not go',
      told: drain('0x10 500 100 7x40'),
      notYet: '8m',
      at: '10m',
      where: 'node',
      summary: 'chat on a:9464: the drain makes no progress',
    },
    {
      alert: 'LinkspanDrainStuck',
      because: 'they go, slowly',
      told: drain('0x10 500-5x40'),
      at: '10m',
    },
    {
      alert: 'LinkspanDrainStuck',
      because: 'nobody is left',
      told: drain('0x10 500 100 0x40'),
      at: '10m',
    },
    {
      alert: 'LinkspanDrainStuck',
      because: 'it is over',
      told: drain('0x10 500-120x4 0x40'),
      at: '10m',
    },
  ]
}
