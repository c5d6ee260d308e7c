import { type MemoryBroker, memoryBroker } from '@linkspan/core'
import { expect } from 'vitest'
import { ChatNode } from './chat-node.js'
import { PrometheusServer, type Sample } from './prometheus-server.js'
import { asPublished } from './published.js'

/** For anything that is scraped, evaluated and asked for. */
const PATIENCE = { timeout: 20_000, interval: 100 } as const

/** What may wait for a peer. */
export const OUTBOX = 262_144

/** Two nodes of a chat, the broker between them, and the Prometheus that watches them. */
export class Fleet {
  /** Drops what a slow peer does not read, and knows no heartbeat: a peer may be slow there for as long as it likes. */
  readonly a: ChatNode
  /** Cuts slow peers, and silent ones. */
  readonly b: ChatNode
  readonly hub: MemoryBroker
  readonly prometheus: PrometheusServer

  private constructor(a: ChatNode, b: ChatNode, hub: MemoryBroker, prometheus: PrometheusServer) {
    this.a = a
    this.b = b
    this.hub = hub
    this.prometheus = prometheus
  }

  static async start(): Promise<Fleet> {
    const hub = memoryBroker()
    const a = await ChatNode.start(hub, {
      heartbeat: false,
      outbox: { bytes: OUTBOX, overflow: 'drop-newest' },
    })
    const b = await ChatNode.start(hub, {
      heartbeat: { interval: 200, misses: 2 },
      outbox: { bytes: OUTBOX },
    })
    await Promise.all([a.app.ready(), b.app.ready()])
    return new Fleet(a, b, hub, await PrometheusServer.start(asPublished(a.target, b.target)))
  }

  /** Waits until a query has a value. */
  async becomes(expr: string, value: number): Promise<void> {
    await expect.poll(() => this.prometheus.value(expr), { ...PATIENCE, message: expr }).toBe(value)
  }

  /** Waits until a query has something, and no NaN. */
  async has(expr: string): Promise<void> {
    const numbers = async (): Promise<readonly Sample[]> =>
      (await this.prometheus.query(expr)).filter(({ value }) => !Number.isNaN(value))
    await expect.poll(numbers, { ...PATIENCE, message: expr }).not.toEqual([])
  }

  /** Waits until an alert is in a state. */
  async alerts(name: string, state: 'inactive' | 'pending' | 'firing'): Promise<void> {
    const current = async () => (await this.prometheus.rule(name))?.state
    await expect.poll(current, { ...PATIENCE, message: name }).toBe(state)
  }

  async stop(): Promise<void> {
    await Promise.all([this.prometheus.stop(), this.a.stop(), this.b.stop()])
  }
}
