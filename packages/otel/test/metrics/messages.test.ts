import { describe, expect, it } from 'vitest'
import { Scene } from './scene.js'

describe('messages', () => {
  it('are counted in both directions, with the bytes of what they say', async () => {
    const scene = new Scene()
    const app = scene.app().message((conn, message) => {
      conn.send(message)
      conn.send('grüß dich 👋')
      conn.send(new Uint8Array(5))
      conn.send(new ArrayBuffer(7))
    })
    const { served } = await scene.measured(app)
    const peer = await served.connect()
    peer.send('höher')
    peer.send(new Uint8Array(100))
    await scene.pass()
    const reading = await scene.read()
    expect(reading.table('messages')).toEqual({ receive: 2, transmit: 8 })
    const greeting = new TextEncoder().encode('grüß dich 👋').byteLength
    expect(reading.table('message.size')).toEqual({ receive: 106, transmit: 106 + 2 * (greeting + 12) })
    const { received, sent } = app.stats().totals
    expect([received, sent]).toEqual([2, 8])
  })

  it('that go to a topic are counted for each who gets them', async () => {
    const scene = new Scene()
    const app = scene.app().use((conn, next) => {
      conn.join('lobby')
      return next()
    })
    const { served } = await scene.measured(app)
    for (let i = 0; i < 3; i += 1) await served.connect()
    app.to('lobby').send('hello')
    const reading = await scene.read()
    expect(reading.table('messages')).toEqual({ receive: 0, transmit: 3 })
    expect(reading.table('message.size')).toEqual({ receive: 0, transmit: 15 })
  })

  it('that wait are told with their bytes', async () => {
    const scene = new Scene()
    let go = (): void => {}
    const app = scene.app().message(() => new Promise<void>((resolve) => (go = resolve)))
    const { served } = await scene.measured(app)
    const peer = await served.connect()
    peer.sendBurst(['one', 'two', 'three'])
    await scene.pass()
    const waiting = await scene.read()
    expect([waiting.number('inbox.messages'), waiting.number('inbox.size')]).toEqual([2, 8])
    for (let i = 0; i < 3; i += 1) {
      go()
      await scene.pass()
    }
    const done = await scene.read()
    expect([done.number('inbox.messages'), done.number('inbox.size')]).toEqual([0, 0])
  })

  it('that a slow peer leaves no room for wait, are dropped and told why', async () => {
    const scene = new Scene()
    const app = scene.app({ outbox: { bytes: 200_000, overflow: 'drop-newest' } })
    const { served } = await scene.measured(app)
    const peer = await served.connect()
    peer.pause()
    for (let i = 0; i < 10; i += 1) app.broadcast(new Uint8Array(60_000))
    const reading = await scene.read()
    expect(reading.number('backpressure')).toBe(1)
    expect(reading.table('drops')).toEqual({ 'transmit the outbox is full': app.stats().totals.dropped.out })
    expect(app.stats().totals.dropped.out).toBeGreaterThan(0)
    expect(reading.number('outbox.size')).toBe(app.stats().gauges.outbox.bytes)
    expect(app.stats().gauges.outbox.bytes).toBeGreaterThan(0)
  })

  it('that nobody handles any more are dropped', async () => {
    const scene = new Scene()
    const app = scene.app().message((conn) => {
      conn.close()
    })
    const { served } = await scene.measured(app)
    const peer = await served.connect()
    peer.sendBurst(['one', 'two', 'three'])
    await scene.pass()
    expect((await scene.read()).table('drops')).toEqual({ 'receive closing': 2 })
  })
})

describe('the time that handling a message takes', () => {
  it('is that of the handler, up to the end of what it promises, and of one that throws', async () => {
    const scene = new Scene()
    const app = scene.app().message(async (_, message) => {
      const time = Number(message.text())
      await new Promise<void>((resolve) => scene.clock.setTimeout(resolve, time))
      if (time === 300) throw new Error('mine')
    })
    const { served } = await scene.measured(app, { sample: 1 })
    const peer = await served.connect()
    peer.send('100')
    await scene.pass(100)
    peer.send('300')
    await scene.pass(300)
    const reading = await scene.read()
    expect(reading.number('message.duration')).toBe(2)
    expect(reading.sum('message.duration')).toBeCloseTo(0.4)
  })

  it('is that of a synchronous one, too; what that throws is still its own', async () => {
    const scene = new Scene()
    const app = scene.app().message((conn, message) => {
      if (message.text() === 'throw') throw new Error('mine')
      conn.send('thanks')
    })
    const { served } = await scene.measured(app, { sample: 1 })
    const peer = await served.connect()
    peer.send('hello')
    peer.send('throw')
    await scene.pass()
    expect(await peer.next()).toBe('thanks')
    expect(await peer.closed).toMatchObject({ code: 1011 })
    const reading = await scene.read()
    expect(reading.number('message.duration')).toBe(2)
    expect(reading.table('errors')).toEqual({ LINKSPAN_HANDLER: 1 })
  })

  it('is taken of one message in so many', async () => {
    const scene = new Scene()
    const app = scene.app().message(() => {})
    const { served } = await scene.measured(app)
    const peer = await served.connect()
    peer.send('the first')
    await scene.pass()
    expect((await scene.read()).number('message.duration')).toBe(1)
    const many = 6_400
    for (let i = 0; i < many; i += 1) {
      peer.send('x')
      await scene.pass(1)
    }
    expect(app.stats().totals.received).toBe(many + 1)
    const taken = (await scene.read()).number('message.duration') ?? 0
    // 200 are expected, and 8 the standard deviation.
    expect(Math.abs(taken - 200)).toBeLessThan(80)
  })

  it('is taken of fewer where they come too fast, and of as many as before when they do not', async () => {
    const scene = new Scene()
    const app = scene.app({ heartbeat: false }).message(() => {})
    const { served } = await scene.measured(app)
    const peer = await served.connect()
    for (let i = 0; i < 100; i += 1) {
      peer.sendBurst(Array.from({ length: 200 }, () => 'x'))
      await scene.pass()
    }
    // Up to 64 times as far apart: of 20,000 at once some twenty, in place of 625.
    const fast = (await scene.read()).number('message.duration') ?? 0
    expect(fast).toBeGreaterThan(6)
    expect(fast).toBeLessThan(60)
    for (let i = 0; i < 20_000; i += 1) {
      peer.send('x')
      await scene.pass(1)
    }
    // 625, less what it takes to come back to that.
    const slow = ((await scene.read()).number('message.duration') ?? 0) - fast
    expect(slow).toBeGreaterThan(300)
    expect(slow).toBeLessThan(725)
  })

  it('is taken of all where that is wanted, however fast they come', async () => {
    const scene = new Scene()
    const { served } = await scene.measured(scene.app(), { sample: 1 })
    const peer = await served.connect()
    peer.sendBurst(Array.from({ length: 200 }, () => 'x'))
    await scene.pass()
    expect((await scene.read()).number('message.duration')).toBe(200)
  })

  it('is not taken where nobody wants it', async () => {
    const scene = new Scene()
    const { served } = await scene.measured(scene.app(), { sample: 0 })
    const peer = await served.connect()
    peer.sendBurst(['one', 'two'])
    await scene.pass()
    const reading = await scene.read()
    expect(reading.table('messages')).toEqual({ receive: 2, transmit: 0 })
    expect(reading.of('message.duration')).toBeUndefined()
  })
})
