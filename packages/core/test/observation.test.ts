import { describe, expect, it } from 'vitest'
import { linkOf } from '../src/inside.js'
import type { Next } from '../src/middleware.js'
import type { Observer, Watcher } from '../src/ports/observer.js'
import { Nodes } from './cluster/nodes.js'
import { Bench } from './fake.js'

/** An application whose first middleware refuses whoever asks for `/no`. */
function open(watcher: Watcher) {
  const bench = Bench.open().with((app) =>
    app
      .use(function gate(conn, next) {
        return conn.request.path === '/no' ? conn.reject({ status: 401, reason: 'no token' }) : next()
      })
      .message((conn, message) => conn.send(message.text())),
  )
  bench.app.observe({ watch: () => watcher })
  return bench
}

describe('a watcher', () => {
  it('is told of the pipeline, of how the handshake went, and of messages both ways', async () => {
    const told: unknown[] = []
    const bench = open({
      handshake: (_, run) => {
        told.push('before')
        run()
        told.push('after')
      },
      step: (_, { name, index, decision }) => told.push([name, index, decision]),
      admitted: (_, { outcome }) => told.push(outcome),
      received: (_, message) => told.push(['received', message.size]),
      sent: (_, data) => told.push(['sent', data]),
    })
    const { transport } = await bench.connect()
    transport.receive('hello')
    expect(told).toEqual([
      'before',
      ['gate', 0, 'next'],
      'after',
      'opened',
      ['received', 5],
      ['sent', 'hello'],
    ])
  })

  it('is told which middleware refused, and once how it ended', async () => {
    const told: unknown[] = []
    const bench = open({
      step: (_, { name, decision, status, reason }) => told.push([name, decision, status, reason]),
      admitted: (_, { outcome, status, code }) => told.push([outcome, status, code]),
    })
    bench.arrive({ url: '/no' })
    await bench.clock.advance(0)
    expect(told).toHaveLength(2)
    expect(told).toContainEqual(['gate', 'refused', 401, 'no token'])
    expect(told).toContainEqual(['refused', 401, 4010])
  })

  it('is told of a client that went away', async () => {
    const told: unknown[] = []
    const bench = Bench.open()
    bench.app.use(() => new Promise<never>(() => {}))
    bench.app.observe({ watch: () => ({ admitted: (_, { outcome }) => told.push(outcome) }) })
    const handshake = bench.arrive()
    handshake.abort()
    await bench.clock.advance(0)
    expect(told).toEqual(['aborted'])
  })

  it('is told of one decision, whatever comes later', async () => {
    const told: string[] = []
    let late = (): unknown => undefined
    const bench = Bench.open().with((app) =>
      app.use((async (_conn: unknown, next: Next) => {
        late = () => next().catch(() => undefined)
      }) as never),
    )
    bench.app.observe({ watch: () => ({ step: (_, { decision }) => told.push(decision) }) })
    bench.arrive()
    await bench.clock.advance(0)
    await late()
    expect(told).toEqual(['ended'])
  })

  it('goes around a message, and what it throws loses none', async () => {
    const told: string[] = []
    const bench = open({
      message: () => (handle) => {
        told.push('in')
        void handle()
        throw new Error('mine')
      },
    })
    const { transport } = await bench.connect()
    transport.receive('hello')
    expect(told).toEqual(['in'])
    expect(transport.sent).toEqual(['hello'])
    expect(bench.errors).toEqual(['LINKSPAN_LISTENER'])
    expect(bench.of('close')).toEqual([])
  })

  it('goes around a handler that throws, which is the one to blame', async () => {
    const bench = Bench.open().with((app) =>
      app.message(() => {
        throw new Error('mine')
      }),
    )
    bench.app.observe({ watch: () => ({ message: () => (handle) => handle() }) })
    const { transport } = await bench.connect()
    transport.receive('hello')
    expect(bench.errors).toEqual(['LINKSPAN_HANDLER'])
  })

  it('that throws at once, or does not go on, disturbs nothing', async () => {
    const bench = open({
      step: () => {
        throw new Error('mine')
      },
      handshake: () => {
        throw new Error('mine')
      },
      received: () => {
        throw new Error('mine')
      },
      message: () => {
        throw new Error('mine')
      },
      sent: () => {
        throw new Error('mine')
      },
    })
    const { transport } = await bench.connect()
    transport.receive('hello')
    expect(transport.sent).toEqual(['hello'])
    expect(new Set(bench.errors)).toEqual(new Set(['LINKSPAN_LISTENER']))
  })
})

describe('an observer', () => {
  it('has strings travel with what is published, and delivers within them', async () => {
    const nodes = new Nodes()
    const here = await nodes.start('here')
    const there = await nodes.start('there')
    const told: unknown[] = []
    const injecting: Observer = { inject: ({ topic, event }) => ({ about: topic ?? event ?? 'all' }) }
    here.bench.app.observe(injecting)
    there.bench.app.observe({
      extract: (headers, { topic, event }, node, deliver) => {
        told.push([headers, topic, event, node])
        deliver()
      },
    })
    const { transport } = await nodes.visitor(there)
    const heard: unknown[] = []
    there.bench.app.onNode('changed', (payload) => heard.push(payload))
    here.bench.app.to('lobby').send('hello')
    here.bench.app.emit('changed', 7)
    await nodes.pass()
    expect(transport.sent).toEqual(['hello'])
    expect(heard).toEqual([7])
    expect(told).toContainEqual([{ about: 'lobby' }, 'lobby', undefined, 'here'])
    expect(told).toContainEqual([{ about: 'changed' }, undefined, 'changed', 'here'])
  })

  it('that throws where something arrives keeps nothing from being delivered', async () => {
    const nodes = new Nodes()
    const here = await nodes.start('here')
    const there = await nodes.start('there')
    here.bench.app.observe({ inject: () => ({ about: 'this' }) })
    there.bench.app.observe({
      extract: () => {
        throw new Error('mine')
      },
    })
    const { transport } = await nodes.visitor(there)
    here.bench.app.to('lobby').send('hello')
    await nodes.pass()
    expect(transport.sent).toEqual(['hello'])
    expect(there.bench.errors).toEqual(['LINKSPAN_LISTENER'])
  })

  it.each(['', '7', 'null', '{"about":', '\u0000'])(
    'is given no strings by headers of %j',
    async (headers) => {
      const bench = Bench.open()
      const told: unknown[] = []
      bench.app.observe({
        extract: (strings, _about, _node, deliver) => {
          told.push(strings)
          deliver()
        },
      })
      const { observation } = linkOf((await bench.connect()).conn).runtime
      let delivered = 0
      const about = () => ({ topic: 'lobby', scope: undefined, event: undefined, bytes: 1 })
      observation.extract(new TextEncoder().encode(headers), about, 'there', () => (delivered += 1))
      expect({ told, delivered }).toEqual({ told: [], delivered: 1 })
    },
  )
})
