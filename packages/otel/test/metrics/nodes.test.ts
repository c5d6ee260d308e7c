import { type Broker, type BrokerSink, memoryBroker } from '@linkspan/core'
import { metrics } from '@linkspan/otel'
import { FaultyBroker } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { Scene } from './scene.js'

const join = { cluster: { beat: 1_000, lease: 3_000 } }

describe('the broker', () => {
  it('has a status, traffic, and other nodes', async () => {
    const scene = new Scene()
    const hub = memoryBroker()
    const [here, there] = [scene.app({ broker: hub, ...join }), scene.app({ broker: hub, ...join })]
    await scene.measured(here)
    const member = there.use((conn, next) => {
      conn.join('lobby')
      return next()
    })
    await (await scene.serve(member)).connect()
    await scene.pass(2_000)
    for (let i = 0; i < 5; i += 1) here.to('lobby').send('hello')
    await scene.pass(1_000)
    const reading = await scene.read()
    const { gauges, totals } = here.stats()
    expect(reading.table('broker.status')).toEqual({ up: 1, degraded: 0, down: 0 })
    expect(reading.table('broker.messages')).toEqual({
      published: totals.broker.published,
      dropped: 0,
      received: totals.broker.received,
      duplicate: 0,
      missed: 0,
    })
    expect(totals.broker.published).toBeGreaterThanOrEqual(5)
    expect(totals.broker.received).toBeGreaterThan(0)
    expect(reading.number('broker.nodes')).toBe(1)
    expect(reading.number('broker.channels')).toBe(gauges.broker.channels)
    expect(gauges.broker.channels).toBeGreaterThan(0)
    expect([reading.number('broker.lag'), reading.number('broker.buffer')]).toEqual([0, 0])
  })

  it('that is away makes messages wait; when it is back, that is a reconnect, and a gap', async () => {
    const scene = new Scene()
    const hub = memoryBroker()
    const app = scene.app({ broker: hub, ...join })
    await scene.measured(app)
    await scene.pass(100)
    // The first time is none.
    expect((await scene.read()).number('broker.reconnects')).toBe(0)
    hub.cut()
    app.to('lobby').send('hello')
    await scene.pass(1_500)
    const away = await scene.read()
    expect(away.table('broker.status')).toEqual({ up: 0, degraded: 0, down: 1 })
    expect(away.number('broker.lag')).toBeCloseTo(1.5, 1)
    expect(away.number('broker.buffer')).toBe(app.stats().gauges.broker.bytes)
    expect(app.stats().gauges.broker.bytes).toBeGreaterThan(0)
    expect(away.table('errors')).toMatchObject({ LINKSPAN_BROKER: 1 })
    hub.mend()
    await scene.pass(2_000)
    const back = await scene.read()
    expect(back.table('broker.status')).toEqual({ up: 1, degraded: 0, down: 0 })
    expect(back.number('broker.reconnects')).toBe(1)
    expect(back.number('broker.gaps')).toBe(1)
    expect([back.number('broker.lag'), back.number('broker.buffer')]).toEqual([0, 0])
  })

  it('that is up already when metrics begin can come back as well', async () => {
    const scene = new Scene()
    const hub = memoryBroker()
    const app = scene.app({ broker: hub, ...join })
    await scene.pass(100)
    metrics(app, { meterProvider: scene.meters.provider })
    hub.cut()
    await scene.pass(100)
    hub.mend()
    await scene.pass(100)
    expect((await scene.read()).number('broker.reconnects')).toBe(1)
  })

  it('that is down at first has come, and not come back', async () => {
    const scene = new Scene()
    const sinks: BrokerSink[] = []
    const hub = memoryBroker()
    const broker: Broker = {
      open: (sink) => {
        sinks.push(sink)
        return hub.open(sink)
      },
    }
    hub.cut()
    const app = scene.app({ broker, ...join })
    await scene.measured(app)
    sinks[0]?.down(new Error('no route'))
    await scene.pass(100)
    hub.mend()
    await scene.pass(100)
    const reading = await scene.read()
    expect(reading.table('broker.status')).toMatchObject({ up: 1 })
    expect(reading.number('broker.reconnects')).toBe(0)
  })

  it('that is late or refuses is degraded, and has not been away', async () => {
    const scene = new Scene()
    let refuses = false
    const hub = memoryBroker()
    const broker = new FaultyBroker(hub, {
      clock: scene.clock,
      decide: (fault) => refuses && fault === 'refuse',
    })
    const app = scene.app({ broker, ...join })
    await scene.measured(app)
    await scene.pass(100)
    hub.cut()
    await scene.pass(100)
    hub.mend()
    await scene.pass(100)
    expect((await scene.read()).number('broker.reconnects')).toBe(1)
    refuses = true
    await scene.pass(10_000)
    expect((await scene.read()).table('broker.status')).toEqual({ up: 0, degraded: 1, down: 0 })
    refuses = false
    await scene.pass(10_000)
    const reading = await scene.read()
    expect(reading.table('broker.status')).toEqual({ up: 1, degraded: 0, down: 0 })
    expect(reading.number('broker.reconnects')).toBe(1)
  })

  it('tells what is known to be missing', async () => {
    const scene = new Scene()
    const sinks: BrokerSink[] = []
    const hub = memoryBroker()
    const app = scene.app({
      broker: {
        open: (sink) => {
          sinks.push(sink)
          return hub.open(sink)
        },
      },
    })
    await scene.measured(app)
    await scene.pass(100)
    sinks[0]?.gap()
    sinks[0]?.gap()
    expect((await scene.read()).number('broker.gaps')).toBe(2)
  })

  it('is not spoken of where there is none', async () => {
    const scene = new Scene()
    await scene.measured(scene.app())
    const names = (await scene.read()).metrics.map(({ descriptor }) => descriptor.name)
    expect(names.filter((name) => name.startsWith('linkspan.broker'))).toEqual([])
    expect(names.length).toBeGreaterThan(10)
  })
})
