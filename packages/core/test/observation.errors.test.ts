import { describe, expect, it } from 'vitest'
import { Bench } from './fake.js'

/** An application whose handler throws, and what its observers are told. */
function open() {
  const bench = Bench.open().with((app) =>
    app.message(() => {
      throw new Error('mine')
    }),
  )
  const told: unknown[] = []
  bench.app.observe({ failed: ({ code }, conn) => told.push([code, conn?.id]) })
  return { bench, told }
}

describe('an observer', () => {
  it('is told of errors of connections, and of those of none', async () => {
    const { bench, told } = open()
    bench.app.on('open', () => {
      throw new Error('mine')
    })
    const { transport, conn } = await bench.connect()
    transport.receive('hello')
    expect(told).toEqual([
      ['LINKSPAN_LISTENER', undefined],
      ['LINKSPAN_HANDLER', conn.id],
    ])
    expect(bench.errors).toEqual(['LINKSPAN_LISTENER', 'LINKSPAN_HANDLER'])
  })

  it('that throws when it is told is not told of that', async () => {
    const { bench, told } = open()
    let thrown = 0
    const end = bench.app.observe({
      failed: () => {
        thrown += 1
        throw new Error('again')
      },
    })
    const first = await bench.connect()
    first.transport.receive('hello')
    expect(thrown).toBe(1)
    expect(told).toHaveLength(1)
    expect(bench.errors).toEqual(['LINKSPAN_HANDLER'])
    end()
    const second = await bench.connect()
    second.transport.receive('hello')
    expect(thrown).toBe(1)
    expect(told).toHaveLength(2)
  })
})

describe('a watcher', () => {
  it('is told whether the ping before was answered', async () => {
    const bench = Bench.open({ heartbeat: { interval: 1_000, misses: 3 } })
    const told: boolean[] = []
    bench.app.observe({ watch: () => ({ pinged: (_, missed) => told.push(missed) }) })
    const { transport } = await bench.connect()
    while (told.length < 1) await bench.clock.advance(10)
    while (told.length < 2) await bench.clock.advance(10)
    transport.sink.pong()
    while (told.length < 3) await bench.clock.advance(10)
    expect(told).toEqual([false, true, false])
  })
})
