import { type Case, NODE_A, type Teller, type Told } from './case.js'

const NODE_B = { job: 'chat', instance: 'b:9464' }

/** Of the alerts about those who are in. */
export function connectionCases(t: Teller): readonly Case[] {
  const active = (values: string, node = NODE_A): Told =>
    t.tell('connections', { 'linkspan.state': 'active' }, values, node)
  const node = (values: string, which = NODE_A): Told => t.tell('drain.active', {}, values, which)
  const opened = (values: string): Told => t.tell('handshakes', { 'linkspan.outcome': 'opened' }, values)
  const closed = (code: string, values: string): Told =>
    t.tell('closes', { 'linkspan.close.code': code }, values)
  const tenant = (name: string, values: string): Told =>
    t.tell('tenant.connections', { 'linkspan.tenant': name }, values)

  return [
    {
      alert: 'LinkspanGone',
      because: 'both nodes stop to report',
      told: [node('0x10 stale'), node('0x10 stale', NODE_B)],
      notYet: '6m30s',
      at: '10m',
      summary: 'chat: no node reports any more, and there were 2',
    },
    {
      alert: 'LinkspanGone',
      because: 'one node is left, without connections',
      told: [node('0x30'), node('0x10 stale', NODE_B)],
      at: '10m',
    },
    {
      alert: 'LinkspanGone',
      because: 'it was an hour ago',
      told: [node('0x10 stale')],
      at: '70m',
    },
    {
      alert: 'LinkspanConnectionsDropped',
      because: 'a node dies that had 300 of 1,000',
      told: [active('700x40'), active('300x10 stale', NODE_B)],
      at: '5m30s',
      summary: 'chat: 30% of the connections went within a minute',
    },
    {
      alert: 'LinkspanConnectionsDropped',
      because: 'the only node starts again, and nobody comes back',
      told: [active('500x10 stale'), node('0x40')],
      at: '5m30s',
      summary: 'chat: 100% of the connections went within a minute',
    },
    {
      alert: 'LinkspanConnectionsDropped',
      because: 'a node of ten per cent does',
      told: [active('900x40'), active('100x10 stale', NODE_B)],
      at: '5m30s',
    },
    {
      alert: 'LinkspanConnectionsDropped',
      because: 'a node drains, and the other one gets its connections',
      told: [active('500x10 700x2 1000x30'), active('500x10 300x2 0x30', NODE_B)],
      at: '6m',
    },
    {
      alert: 'LinkspanConnectionsDropped',
      because: 'there were only a few',
      told: [active('50x10 10x30')],
      at: '5m30s',
    },
    {
      alert: 'LinkspanReconnectLoop',
      because: '600 a minute open, of 1,000',
      told: [active('1000x60'), opened('0+300x60')],
      notYet: '5m',
      at: '15m',
      summary: 'chat: 60% of the connections are opened anew each minute',
    },
    {
      alert: 'LinkspanReconnectLoop',
      because: 'all of them come back once, after an outage',
      told: [active('1000x60'), opened('0x20 1000x60')],
      at: '12m',
    },
    {
      alert: 'LinkspanReconnectLoop',
      because: 'there are only a few',
      told: [active('50x60'), opened('0+15x60')],
      at: '15m',
    },
    {
      alert: 'LinkspanSlowConsumers',
      because: '20 of 1,000 are cut in ten minutes',
      told: [active('1000x60'), closed('4100', '0+1x60')],
      at: '20m',
      summary: 'chat: 2% of the connections were cut for reading too slowly',
    },
    {
      alert: 'LinkspanSlowConsumers',
      because: '20 of 100,000 are',
      told: [active('100000x60'), closed('4100', '0+1x60')],
      at: '20m',
    },
    {
      alert: 'LinkspanSlowConsumers',
      because: '4 of 100 are',
      told: [active('100x60'), closed('4100', '0+0.2x60')],
      at: '20m',
    },
    {
      alert: 'LinkspanHeartbeatsLost',
      because: 'three of four that end are silent',
      told: [closed('4102', '0+3x90'), closed('1001', '0+1x90')],
      notYet: '10m',
      at: '30m',
      summary: 'chat: 75% of the connections that ended did not answer pings',
    },
    {
      alert: 'LinkspanHeartbeatsLost',
      because: 'one of four is',
      told: [closed('4102', '0+1x90'), closed('1001', '0+3x90')],
      at: '30m',
    },
    {
      alert: 'LinkspanHeartbeatsLost',
      because: 'four in ten minutes are',
      told: [closed('4102', '0+0.2x90')],
      at: '30m',
    },
    {
      alert: 'LinkspanHeartbeatMisses',
      because: 'every fourth ping is not answered',
      told: [t.tell('heartbeat.pings', {}, '0+100x60'), t.tell('heartbeat.misses', {}, '0+25x60')],
      notYet: '10m',
      at: '20m',
      summary: 'chat: 25% of the pings are not answered in time',
    },
    {
      alert: 'LinkspanHeartbeatMisses',
      because: 'every tenth is not',
      told: [t.tell('heartbeat.pings', {}, '0+100x60'), t.tell('heartbeat.misses', {}, '0+10x60')],
      at: '20m',
    },
    {
      alert: 'LinkspanTenantShare',
      because: 'one of two has 80 %',
      told: [active('1000x80'), tenant('acme', '800x80'), tenant('globex', '200x80')],
      notYet: '14m30s',
      at: '30m',
      labels: { linkspan_tenant: 'acme' },
      summary: 'chat: acme has 80% of the connections',
    },
    {
      alert: 'LinkspanTenantShare',
      because: 'there is only one',
      told: [active('1000x80'), tenant('acme', '1000x80')],
      at: '30m',
    },
    {
      alert: 'LinkspanTenantShare',
      because: 'they have a third each',
      told: [
        active('900x80'),
        tenant('acme', '300x80'),
        tenant('globex', '300x80'),
        tenant('initech', '300x80'),
      ],
      at: '30m',
    },
    {
      alert: 'LinkspanTenantShare',
      because: 'there are only a few',
      told: [active('50x80'), tenant('acme', '40x80'), tenant('globex', '10x80')],
      at: '30m',
    },
  ]
}
