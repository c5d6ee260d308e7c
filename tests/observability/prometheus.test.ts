// What two processes of a chat tell a real Prometheus, which has the rules that come with @linkspan/otel.

import { spawnSync } from 'node:child_process'
import type { Peer } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { ownEngine } from '../support/own-engine.js'
import type { ChatNode } from './chat-node.js'
import { Fleet, OUTBOX } from './fleet.js'
import { itKnows } from './knows.js'
import { missing } from './prometheus-server.js'

const peers: Record<string, Peer> = {}

/** What is told of one node. */
function of(node: ChatNode, matchers = ''): string {
  return `{${[`instance="${node.target}"`, matchers].filter(Boolean).join(',')}}`
}

describe('a real Prometheus', { timeout: 60_000 }, () => {
  const fleet = ownEngine(missing, () => Fleet.start(), 30_000)

  it('is told who is connected', async () => {
    const { a, b } = fleet()
    peers['one'] = await a.connect('tenant=acme')
    peers['two'] = await a.connect('tenant=acme')
    peers['three'] = await a.connect('tenant=globex')
    peers['other'] = await b.connect('tenant=acme')
    const active = 'linkspan_state="active",linkspan_transport="ws",linkspan_app="chat",job="linkspan"'
    await fleet().becomes(`linkspan_connections${of(a, active)}`, 3)
    await fleet().becomes(`linkspan_connections${of(b, active)}`, 1)
    await fleet().becomes(`linkspan_tenant_connections${of(a, 'linkspan_tenant="acme"')}`, 2)
    await fleet().becomes('sum(linkspan_tenant_connections{linkspan_tenant="acme"})', 3)
    await fleet().becomes(`linkspan_topics${of(a)}`, 1)
    await fleet().has(`linkspan_timers${of(b)} > 0`)
  })

  it('is told how handshakes went', async () => {
    const { a } = fleet()
    expect(await a.refused('')).toBe(401)
    expect(await a.refused('')).toBe(401)
    expect(await a.refused('broken')).toBe(500)
    const refused = 'linkspan_outcome="refused"'
    const untold = `${refused},http_response_status_code="401",linkspan_reason="no tenant"`
    await fleet().becomes(`linkspan_handshakes_total${of(a, 'linkspan_outcome="opened"')}`, 3)
    await fleet().becomes(`linkspan_handshakes_total${of(a, untold)}`, 2)
    await fleet().becomes(
      `linkspan_handshakes_total${of(a, `${refused},http_response_status_code="500"`)}`,
      1,
    )
    await fleet().becomes(`linkspan_handshake_duration_count${of(a, refused)}`, 3)
    const door = 'linkspan_middleware="door",linkspan_decision="refused"'
    const moody = 'linkspan_middleware="moody",linkspan_decision="failed"'
    await fleet().becomes(`linkspan_middleware_refusals_total${of(a, door)}`, 2)
    await fleet().becomes(`linkspan_middleware_refusals_total${of(a, moody)}`, 1)
    await fleet().becomes(`sum(linkspan_errors_total${of(a)})`, 1)
  })

  it('is told of messages, of sessions and of their store', async () => {
    const [{ a }, { one }] = [fleet(), peers]
    for (const text of ['hello', 'you', 'sid']) one?.send(text)
    await one?.next()
    await one?.next()
    const sid = String(await one?.next())
    peers['returned'] = await a.connect(`tenant=acme&sid=${sid}`)
    await a.withoutStore(async () => {
      expect(await a.refused(`tenant=acme&sid=${'A'.repeat(sid.length)}`)).toBe(503)
    })
    const [received, sent] = ['network_io_direction="receive"', 'network_io_direction="transmit"']
    await fleet().becomes(`linkspan_messages_total${of(a, received)}`, 3)
    await fleet().becomes(`linkspan_messages_total${of(a, sent)}`, 3)
    await fleet().becomes(`linkspan_message_size_total${of(a, received)}`, 11)
    await fleet().becomes(`linkspan_message_size_total${of(a, sent)}`, 8 + sid.length)
    await fleet().becomes(`linkspan_message_duration_count${of(a)}`, 3)
    await fleet().becomes(`linkspan_reconnects_total${of(a)}`, 1)
    const saved = 'linkspan_operation="save",linkspan_outcome="ok"'
    await fleet().has(`linkspan_store_duration_count${of(a, saved)} > 0`)
    await fleet().has(`linkspan_store_duration_count${of(a, 'linkspan_outcome="failed"')} > 0`)
  })

  it('is told what waits for handlers, and what is dropped', async () => {
    const [{ a }, { three }] = [fleet(), peers]
    for (const text of ['hold', 'x', 'yy', 'zzz']) three?.send(text)
    await fleet().becomes(`linkspan_inbox_messages${of(a)}`, 3)
    await fleet().becomes(`linkspan_inbox_size${of(a)}`, 6)
    for (const conn of a.app.connections.by({ tenant: 'globex' })) conn.close(4000, 'enough')
    a.release()
    await fleet().becomes(`sum(linkspan_drops_total${of(a, 'network_io_direction="receive"')})`, 3)
    await fleet().becomes(`linkspan_inbox_messages${of(a)}`, 0)
    const code = 'linkspan_close_code="4000",linkspan_close_by="server"'
    await fleet().becomes(`linkspan_closes_total${of(a, code)}`, 1)
    await fleet().becomes(`linkspan_connection_duration_count${of(a)}`, 1)
  })

  it('is told of peers that read too slowly, and of those that are cut for it', async () => {
    const { a, b } = fleet()
    const [slow, slower] = [await a.connect('tenant=slow'), await b.connect('tenant=slow')]
    for (const peer of [slow, slower]) {
      peer.pause()
      peer.send('flood')
    }
    await fleet().has(`linkspan_outbox_size${of(a)} > ${OUTBOX / 4}`)
    await fleet().has(`linkspan_backpressure_total${of(a)} > 0`)
    await fleet().becomes(`sum(linkspan_drops_total${of(a, 'network_io_direction="transmit"')})`, 1)
    await fleet().becomes(`linkspan_closes_total${of(b, 'linkspan_close_code="4100"')}`, 1)
    slow.cut()
    await fleet().becomes(`linkspan_outbox_size${of(a)}`, 0)
  })

  it('is told of heartbeats', async () => {
    const { a, b } = fleet()
    const silent = await b.connect('tenant=silent')
    silent.answersPings = false
    await fleet().becomes(`linkspan_closes_total${of(b, 'linkspan_close_code="4102"')}`, 1)
    await fleet().has(`linkspan_heartbeat_misses_total${of(b)} > 0`)
    await fleet().has(`linkspan_heartbeat_pings_total${of(b)} > 1`)
    await fleet().has(`linkspan_heartbeat_rtt_count${of(b)} > 0`)
    await fleet().becomes(`linkspan_heartbeat_pings_total${of(a)}`, 0)
  })

  it('is told of the nodes, and of the engine between them', async () => {
    const [{ a, b, hub }, { other }] = [fleet(), peers]
    await fleet().becomes(`linkspan_broker_nodes${of(a)}`, 1)
    a.app.to('lobby').send('news')
    expect(await other?.next()).toBe('news')
    await fleet().has(`linkspan_broker_messages_total${of(b, 'linkspan_outcome="received"')} > 0`)

    const [link] = hub.nodes
    if (link === undefined) throw new Error('nobody has opened the broker')
    hub.cut(link)
    for (let message = 0; message < 10; message += 1) a.app.to('lobby').send('x'.repeat(1_000))
    await fleet().becomes(`linkspan_broker_status${of(a, 'linkspan_status="down"')}`, 1)
    await fleet().becomes(`linkspan_broker_status${of(b, 'linkspan_status="up"')}`, 1)
    await fleet().has(`linkspan_broker_buffer${of(a)} > 1000`)
    await fleet().has(`linkspan_broker_lag${of(a)} > 0`)
    await fleet().has(`linkspan_broker_messages_total${of(a, 'linkspan_outcome="dropped"')} > 0`)
    await fleet().alerts('LinkspanBrokerDown', 'pending')

    hub.mend(link)
    await fleet().becomes(`linkspan_broker_status${of(a, 'linkspan_status="up"')}`, 1)
    await fleet().becomes(`linkspan_broker_reconnects_total${of(a)}`, 1)
    await fleet().alerts('LinkspanBrokerDown', 'inactive')
  })

  it('lets an alert fire: messages of other nodes are missing', async () => {
    const { a, prometheus } = fleet()
    await fleet().has(`linkspan_broker_gaps_total${of(a)} > 0`)
    await fleet().alerts('LinkspanBrokerGaps', 'firing')
    expect((await prometheus.rule('LinkspanBrokerGaps'))?.alerts).toContainEqual(
      expect.objectContaining({
        state: 'firing',
        labels: {
          alertname: 'LinkspanBrokerGaps',
          severity: 'warning',
          job: 'linkspan',
          instance: a.target,
          linkspan_app: 'chat',
        },
        annotations: expect.objectContaining({
          summary: `chat on ${a.target}: messages of other nodes are missing`,
          page: 'docs/observability.md#linkspanbrokergaps',
        }),
      }),
    )
  })

  it('is told of circuit breakers, and of a drain', async () => {
    const { a, b } = fleet()
    await a.break()
    const open = 'linkspan_breaker="profiles",linkspan_status="open"'
    await fleet().becomes(`linkspan_breaker_state${of(a, open)}`, 1)
    await fleet().becomes(`linkspan_breaker_state${of(b, open)}`, 0)

    const last = await b.connect('tenant=acme')
    last.answersClose = false
    await fleet().becomes(`linkspan_drain_active${of(b)}`, 0)
    const drained = b.app.drain({ grace: 60_000 })
    await fleet().becomes(`linkspan_drain_active${of(b)}`, 1)
    await fleet().becomes(`linkspan_drain_remaining${of(b)}`, 1)
    last.cut()
    await drained
    await fleet().becomes(`linkspan_drain_remaining${of(b)}`, 0)
    await fleet().becomes(`linkspan_connections${of(b, 'linkspan_state="active"')}`, 0)
  })

  // What they told is now asked for, in all the ways there are.
  itKnows(fleet)

  it('finds nothing wrong in how metrics are told', async () => {
    const input = await fleet().a.exposition()
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input,
      encoding: 'utf8',
    })
    expect(stdout + stderr).toBe('')
    expect(status).toBe(0)
  })
})
