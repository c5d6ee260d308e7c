import { describe, expect, it } from 'vitest'
import { connected } from './connected.js'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'

describe('the release', () => {
  it('lets the middlewares unwind, innermost first, then runs what was deferred, last first', async () => {
    const order: string[] = []
    const bench = Bench.open().with((app) => {
      let stack = app
      for (const name of ['outer', 'inner']) {
        stack = stack.use(async (conn, next) => {
          conn.defer(() => void order.push(`${name} deferred`))
          try {
            return await next()
          } finally {
            await turn()
            order.push(`${name} unwound`)
          }
        })
      }
      return stack
    })
    const { conn, transport } = await bench.connect()
    conn.defer(async () => {
      await turn()
      order.push('last deferred')
    })
    transport.closed(1000)
    for (let i = 0; i < 6; i += 1) await turn()
    expect(order).toEqual([
      'inner unwound',
      'outer unwound',
      'last deferred',
      'inner deferred',
      'outer deferred',
    ])
    expect(conn.state).toBe('closed')
  })

  it('waits for the handler that runs before any of it', async () => {
    const order: string[] = []
    let end = (): void => {}
    const bench = Bench.open()
    bench.app.message(async () => {
      await new Promise<void>((resolve) => {
        end = resolve
      })
      order.push('handled')
    })
    const { conn, transport } = await bench.connect()
    conn.defer(() => void order.push('released'))
    transport.receive('work')
    conn.close()
    transport.closed(1000)
    await turn()
    expect(order).toEqual([])
    end()
    await turn()
    expect(order).toEqual(['handled', 'released'])
  })

  it('that throws is reported, and stops nothing', async () => {
    const { bench, conn, transport } = await connected()
    let released = false
    conn.defer(() => {
      released = true
    })
    conn.defer(() => {
      throw new Error('no')
    })
    transport.closed(1000)
    await turn()
    expect(released).toBe(true)
    expect(bench.of('error')).toMatchObject([
      { code: 'LINKSPAN_RELEASE', message: 'a release that was deferred threw.', cause: new Error('no') },
    ])
    expect(bench.end.code).toBe(1000)
  })

  it('that hangs is abandoned at releaseTimeout, and those behind it are started', async () => {
    const { bench, conn, transport } = await connected({ releaseTimeout: 300 })
    const started: string[] = []
    conn.defer(() => void started.push('first'))
    conn.defer(() => {
      started.push('second')
      return new Promise(() => {})
    })
    conn.defer(() => new Promise(() => {}))
    transport.closed(1000)
    await bench.clock.advance(299)
    expect(started).toEqual([])
    expect(bench.of('close')).toEqual([])
    await bench.clock.advance(1)
    expect(started).toEqual(['second', 'first'])
    expect(bench.of('error')).toMatchObject([
      {
        code: 'LINKSPAN_RELEASE_TIMEOUT',
        message: 'a deferred release did not end within releaseTimeout, and was abandoned.',
      },
    ])
    expect(conn.state).toBe('closed')
    expect(bench.clock.pending).toBe(0)
  })

  it('of a middleware that hangs is abandoned, and what it deferred still runs', async () => {
    let released = false
    const bench = Bench.open({ releaseTimeout: 300 }).with((app) =>
      app.use(async (conn, next) => {
        conn.defer(() => {
          released = true
        })
        await next()
        return new Promise<never>(() => {})
      }),
    )
    const { transport } = await bench.connect()
    transport.closed(1000)
    await bench.clock.advance(300)
    expect(released).toBe(true)
    expect(bench.errors).toEqual(['LINKSPAN_RELEASE_TIMEOUT'])
    expect(bench.end).toMatchObject({ code: 1000, duration: 0 })
  })

  it('of what is deferred while it runs is not forgotten', async () => {
    const { conn, transport } = await connected()
    let released = false
    conn.defer(async () => {
      await turn()
      conn.defer(() => {
        released = true
      })
    })
    transport.closed(1000)
    await turn()
    await turn()
    expect(conn.state).toBe('closed')
    expect(released).toBe(true)
  })

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'of what is deferred %d microtasks after the last one has ended is not forgotten',
    async (microtasks) => {
      const { conn, transport } = await connected()
      let released = 0
      conn.defer(async () => {
        await turn()
        let later = Promise.resolve()
        for (let i = 0; i < microtasks; i += 1) later = later.then(() => {})
        void later.then(() =>
          conn.defer(() => {
            released += 1
          }),
        )
      })
      transport.closed(1000)
      await turn()
      await turn()
      expect(conn.state).toBe('closed')
      expect(released).toBe(1)
    },
  )

  it('of what is deferred when all is over happens at once', async () => {
    const { bench, conn, transport } = await connected()
    transport.closed(1000)
    await turn()
    let released = 0
    conn.defer(() => {
      released += 1
    })
    conn.defer(() => {
      throw new Error('no')
    })
    expect(released).toBe(1)
    expect(bench.errors).toEqual(['LINKSPAN_RELEASE'])
  })
})
