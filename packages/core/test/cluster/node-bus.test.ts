import { describe, expect, it } from 'vitest'
import type { BusStatus } from '../../src/ports/bus.js'
import { Bench } from '../fake.js'
import { Nodes } from './nodes.js'

describe('a bus between nodes', () => {
  it('carries items under its name, until a listener is taken away', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const heard: unknown[] = []
    const off = two.bench.app.bus<number>('prices').subscribe((item) => heard.push(item))
    two.bench.app.bus('other').subscribe((item) => heard.push(['other', item]))
    two.bench.app.onNode('prices', (item) => heard.push(['emitted', item]))
    const published = one.bench.app.bus<number>('prices').publish(7)
    await nodes.pass()
    await published
    expect(heard).toEqual([7])
    one.bench.app.emit('prices', 8)
    off()
    void one.bench.app.bus<number>('prices').publish(9)
    await nodes.pass()
    expect(heard).toEqual([7, ['emitted', 8]])
  })

  it('says that it could not publish', async () => {
    const nodes = new Nodes()
    const { bench } = await nodes.start('one')
    nodes.broker.link().script = () => 'refuse'
    const published = bench.app.bus('prices').publish(7)
    published.catch(() => {})
    await nodes.pass(10_000)
    await expect(published).rejects.toMatchObject({ code: 'LINKSPAN_BROKER' })
    await expect(bench.app.bus('prices').publish(7n)).rejects.toMatchObject({ code: 'LINKSPAN_OPTION' })
    nodes.broker.link().script = () => 'take'
    const drained = bench.app.drain()
    await nodes.pass(5_000)
    await drained
    await expect(bench.app.bus('prices').publish(7)).rejects.toMatchObject({
      message: expect.stringContaining('has been drained'),
    })
  })

  it('is up when the subscription stands, and not before; and down while the engine is late', async () => {
    const nodes = new Nodes()
    const { bench } = await nodes.start('one')
    const link = nodes.broker.link()
    const bus = bench.app.bus('prices')
    expect(bus.status()).toBe('down')
    await nodes.pass()
    const told: BusStatus[] = []
    const off = bus.onStatus((status) => {
      expect(bus.status()).toBe(status)
      told.push(status)
    })
    expect(bus.status()).toBe('up')
    link.script = ({ call }) => (call === 'subscribe' ? 'hang' : 'take')
    nodes.hub.cut()
    nodes.hub.mend()
    await nodes.pass()
    expect(bench.app.brokerStatus).toBe('up')
    expect(told).toEqual(['down'])
    link.script = () => 'take'
    await nodes.pass(10_000)
    expect(told).toEqual(['down', 'up'])
    link.script = () => 'refuse'
    void bus.publish(7).catch(() => {})
    await nodes.pass(1_000)
    expect(told).toEqual(['down', 'up', 'down'])
    off()
    link.script = () => 'take'
    await nodes.pass(10_000)
    expect(told).toHaveLength(3)
    expect(bus.status()).toBe('up')
  })

  it('is down for a moment where something was missed while it stood: on it, or nobody knows where', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const bus = one.bench.app.bus<number>('prices')
    const told: string[] = []
    for (const name of ['prices', 'other']) {
      const there = two.bench.app.bus(name)
      there.onStatus((status) => {
        expect(there.status()).toBe(status)
        told.push(`${name}: ${status}`)
      })
    }
    await nodes.pass(2_000)
    await bus.publish(1)
    const [from, to] = [nodes.broker.link(0), nodes.broker.link(1)]
    from.script = ({ call }) => (call === 'publish' ? 'lose' : 'take')
    await bus.publish(2)
    one.bench.app.emit('changed')
    await nodes.pass()
    from.script = () => 'take'
    told.length = 0
    await bus.publish(3)
    await nodes.pass()
    expect(told.splice(0)).toEqual(['prices: down', 'prices: up'])
    // What else nodes have missed of each other is nothing to a bus.
    one.bench.app.emit('changed')
    await nodes.pass()
    expect(two.told.gap).toMatchObject([{ topic: undefined, node: 'one' }])
    expect(told).toEqual([])
    to.sink.gap('linkspan.bus.other')
    expect(told.splice(0)).toEqual(['other: down', 'other: up'])
    to.sink.gap()
    expect(told).toHaveLength(4)
  })

  it('is up again once after an outage, and says so once', async () => {
    const nodes = new Nodes()
    const { bench } = await nodes.start('one')
    const told: BusStatus[] = []
    bench.app.bus('prices').onStatus((status) => told.push(status))
    await nodes.pass()
    nodes.hub.cut()
    nodes.hub.mend()
    await nodes.pass(10_000)
    expect(told).toEqual(['up', 'down', 'up'])
  })

  it('of the only node is up, and takes everything', async () => {
    const bus = Bench.open().app.bus('prices')
    expect(bus.status()).toBe('up')
    await bus.publish(7)
  })
})
