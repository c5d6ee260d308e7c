import { memoryBroker } from '@linkspan/core'
import { metrics } from '@linkspan/otel'
import { metrics as api } from '@opentelemetry/api'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Meters } from './meters.js'
import { Scene } from './scene.js'

describe('the end of metrics', () => {
  it('leaves nothing behind: no reading, no listener, no observer', async () => {
    const scene = new Scene()
    const app = scene.app().message((conn, message) => conn.send(message))
    const { served, end } = await scene.measured(app, { sample: 1 })
    const peer = await served.connect()
    peer.send('hello')
    await scene.pass()
    const before = await scene.read()
    end()
    const stats = app.stats
    let read = 0
    app.stats = () => {
      read += 1
      return stats.call(app)
    }
    peer.send('hello')
    await scene.pass()
    peer.close(1000)
    await scene.pass()
    await served.connect()
    const after = await scene.read()
    expect(read).toBe(0)
    for (const name of [
      'messages',
      'message.duration',
      'connections',
      'closes',
      'handshakes',
      'connection.duration',
    ]) {
      expect(after.table(name), name).toEqual(before.table(name))
    }
    expect(app.stats().totals.received).toBe(2)
    end()
  })

  it('takes away every listener that they had', async () => {
    const scene = new Scene()
    const app = scene.app({ broker: memoryBroker() })
    const [on, off] = [vi.spyOn(app, 'on'), vi.spyOn(app, 'off')]
    const end = metrics(app, { meterProvider: scene.meters.provider })
    const listening = on.mock.calls
    expect(listening.length).toBeGreaterThan(4)
    expect(off).not.toHaveBeenCalled()
    end()
    expect(off.mock.calls).toEqual(expect.arrayContaining(listening))
    expect(off).toHaveBeenCalledTimes(listening.length)
  })

  it('lets metrics begin again, from nothing', async () => {
    const scene = new Scene()
    const app = scene.app()
    const { served, end } = await scene.measured(app)
    await served.connect()
    end()
    await served.connect()
    metrics(app, { meterProvider: scene.meters.provider })
    const reading = await scene.read()
    expect(reading.table('connections')).toEqual({ 'active memory': 2 })
    expect(reading.table('handshakes')).toEqual({})
  })
})

describe('an application', () => {
  it('that is collected twice, or by two readers, is counted once', async () => {
    const scene = new Scene(2)
    const app = scene
      .app({ heartbeat: { interval: 1_000, misses: 3 } })
      .message((conn, message) => conn.send(message))
    const { served } = await scene.measured(app, { sample: 1 })
    const peer = await served.connect()
    peer.send('hello')
    await scene.pass(3_000)
    const once = await scene.read()
    const again = await scene.read()
    const other = await scene.read(1)
    expect(once.table('messages')).toEqual({ receive: 1, transmit: 1 })
    expect(once.number('message.duration')).toBe(1)
    for (const { descriptor } of once.metrics) {
      const name = descriptor.name.replace('linkspan.', '')
      expect(again.table(name), name).toEqual(once.table(name))
      expect(other.table(name), name).toEqual(once.table(name))
    }
  })

  it('is not measured twice for one provider, and may be for two', async () => {
    const scene = new Scene()
    const app = scene.app()
    const { served } = await scene.measured(app)
    const again = () => metrics(app, { meterProvider: scene.meters.provider })
    expect(again).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
    const others = new Meters()
    metrics(app, { meterProvider: others.provider })
    await served.connect()
    expect((await scene.read()).table('handshakes')).toEqual({ 'opened 101': 1 })
    expect((await others.read()).table('handshakes')).toEqual({ 'opened 101': 1 })
  })

  it('is told from others of its process, also from those that are called as it is', async () => {
    const scene = new Scene()
    const [chat, admin, second] = [
      scene.app({ name: 'chat' }),
      scene.app({ name: 'admin' }),
      scene.app({ name: 'chat' }),
    ]
    await (await scene.measured(chat)).served.connect()
    await scene.measured(admin)
    const { served, end } = await scene.measured(second)
    await served.connect()
    await served.connect()
    const connections = (await scene.read()).attributes('connections')
    expect(new Set(connections.map((attributes) => attributes['linkspan.app']))).toEqual(
      new Set(['chat', 'chat-2']),
    )
    expect((await scene.read()).table('topics')).toEqual({ chat: 0, admin: 0, 'chat-2': 0 })
    expect((await scene.read()).table('handshakes')).toEqual({ 'chat opened 101': 1, 'chat-2 opened 101': 2 })
    end()
    // The name is free again, and what is counted under it begins anew.
    const third = await scene.measured(scene.app({ name: 'chat' }))
    await third.served.connect()
    expect((await scene.read()).table('handshakes')).toMatchObject({
      'chat opened 101': 1,
      'chat-2 opened 101': 1,
    })
  })

  it('reports to the provider that is registered, where none is given', async () => {
    const meters = new Meters()
    api.setGlobalMeterProvider(meters.provider)
    onTestFinished(() => api.disable())
    onTestFinished(metrics(new Scene().app()))
    expect((await meters.read()).number('topics')).toBe(0)
  })

  it('works without any SDK', async () => {
    const scene = new Scene()
    const app = scene.app().message((conn, message) => conn.send(message))
    const end = metrics(app, { sample: 1 })
    const peer = await (await scene.serve(app)).connect()
    peer.send('hello')
    expect(await peer.next()).toBe('hello')
    end()
  })
})
