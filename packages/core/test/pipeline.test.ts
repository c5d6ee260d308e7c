import { describe, expect, it } from 'vitest'
import type { Connection } from '../src/connection.js'
import type { End, Middleware } from '../src/middleware.js'
import { pipeline } from '../src/pipeline.js'
import { Rejection } from '../src/rejection.js'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'
import { thenable } from './thenable.js'
import { unhandledDuring } from './unhandled.js'

type Plain = Middleware<unknown, {}>

/** What compiles only because somebody insisted. */
const careless = (run: (next: () => Promise<unknown>) => unknown): Plain =>
  ((_conn: unknown, next: () => Promise<unknown>) => run(next)) as unknown as Plain

describe('the pipeline', () => {
  it('is entered outermost first and unwinds innermost first, once the connection is over', async () => {
    const order: string[] = []
    const layer = (name: string): Plain => {
      return async (_conn, next) => {
        order.push(`${name} in`)
        const end = await next()
        order.push(`${name} out`)
        return end
      }
    }
    const bench = Bench.open().with((app) => app.use(layer('a')).use(layer('b')).use(layer('c')))
    const { transport } = await bench.connect()
    expect(order).toEqual(['a in', 'b in', 'c in'])
    transport.closed(1000)
    await turn()
    expect(order).toEqual(['a in', 'b in', 'c in', 'c out', 'b out', 'a out'])
  })

  it('answers every next with how the connection ended', async () => {
    const ends: unknown[] = []
    const bench = Bench.open().with((app) =>
      app.use(async (_conn, next) => {
        const end = await next()
        ends.push(end)
        return end
      }),
    )
    const { transport } = await bench.connect()
    await bench.clock.advance(250)
    transport.closed(1001, 'bye')
    await turn()
    expect(ends).toEqual([
      { code: 1001, reason: 'bye', by: 'peer', clean: true, duration: 250, wireCode: 1001 },
    ])
    expect(ends[0]).toBe(bench.end)
  })

  it('gathers what is handed to next, and a key added again replaces the earlier one', async () => {
    const seen: object[] = []
    const bench = Bench.open().with((app) =>
      app
        .use((_conn, next) => next({ a: 1, b: 1 }))
        .use((conn, next) => {
          seen.push(conn.data)
          return next({ b: 'two' })
        })
        .use((_conn, next) => next()),
    )
    const { conn } = await bench.connect()
    expect(conn.data).toEqual({ a: 1, b: 'two' })
    expect(seen).toEqual([{ a: 1, b: 1 }])
  })

  it('gathers by value: what is changed later is not', async () => {
    const added = { a: 1 }
    const bench = Bench.open().with((app) => app.use((_conn, next) => next(added)))
    const { conn } = await bench.connect()
    added.a = 2
    expect(conn.data).toEqual({ a: 1 })
  })

  it('gathers data apart for each connection', async () => {
    let count = 0
    const bench = Bench.open().with((app) =>
      app.use((_conn, next) => {
        count += 1
        return next({ count })
      }),
    )
    const [one, other] = [await bench.connect(), await bench.connect()]
    expect([one.conn.data, other.conn.data]).toEqual([{ count: 1 }, { count: 2 }])
  })

  it('that is empty lets everybody in, with no data', async () => {
    const { conn } = await Bench.open().connect()
    expect(conn.state).toBe('active')
    expect(conn.data).toEqual({})
  })

  it('is refused by whatever throws, at once or later, before the 101', async () => {
    const refuse = (): never => {
      throw new Rejection({ status: 402 })
    }
    const later: Plain = async () => {
      await turn()
      return refuse()
    }
    for (const middleware of [refuse, later]) {
      const bench = Bench.open().with((app) => app.use((_conn, next) => next()).use(middleware))
      const handshake = bench.arrive()
      await turn()
      await turn()
      expect(handshake.rejected?.status).toBe(402)
      expect(handshake.accepted).toBe(false)
      expect(bench.errors).toEqual([])
    }
  })

  it('lets an outer middleware see what an inner one threw, and refuse in its own words', async () => {
    const bench = Bench.open().with((app) =>
      app
        .use(async (conn, next) => {
          try {
            return await next()
          } catch {
            return conn.reject({ status: 418 })
          }
        })
        .use(() => Promise.reject(new Error('inner'))),
    )
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected?.status).toBe(418)
    expect(bench.errors).toEqual([])
  })

  it('takes what only looks like a promise', async () => {
    const bench = Bench.open().with((app) =>
      app.use((_conn, next) => {
        const end = next()
        return thenable(end.then.bind(end))
      }),
    )
    const { conn, transport } = await bench.connect()
    expect(conn.state).toBe('active')
    transport.closed(1000)
    await turn()
    expect(bench.end.code).toBe(1000)
  })
})

describe('a middleware that forgets to hand on', () => {
  const forgotten: readonly (readonly [string, Plain])[] = [
    ['does not call next', careless(() => undefined)],
    ['does not return what next answers', careless((next) => void next())],
    ['returns something else', careless(async (next) => void next())],
    ['returns something else after a while', careless(async () => turn())],
  ]

  it.each(forgotten)('and %s refuses the handshake, and is reported', async (_, middleware) => {
    const bench = Bench.open().with((app) => app.use(middleware))
    const handshake = bench.arrive()
    await turn()
    await turn()
    expect(handshake.accepted).toBe(false)
    expect(handshake.rejected?.status).toBe(500)
    expect(bench.errors).toEqual(['LINKSPAN_NEXT_MISSING'])
    expect(bench.end).toMatchObject({ code: 1011, by: 'server', wireCode: undefined })
  })

  it.each([1, 2, 5, 10])('is noticed before the 101 also under %d others', async (others) => {
    const bench = Bench.open().with((app) => {
      let stack = app
      for (let i = 0; i < others; i += 1) stack = stack.use(async (_conn, next) => next())
      return stack.use(careless(async (next) => void next())).use(async (_conn, next) => next())
    })
    const handshake = bench.arrive()
    await turn()
    expect(handshake.accepted).toBe(false)
    expect(handshake.rejected?.status).toBe(500)
  })

  it('is noticed later where it ends later: the connection closes with 1011', async () => {
    const bench = Bench.open().with((app) =>
      app.use(
        careless(async (next) => {
          void next()
          await turn()
          await turn()
        }),
      ),
    )
    const { transport } = await bench.connect()
    await turn()
    await turn()
    await turn()
    expect(transport.calls).toEqual([{ call: 'close', code: 1011, reason: '' }])
    expect(bench.errors).toEqual(['LINKSPAN_NEXT_MISSING'])
  })

  it('is nothing to report where it closed the connection itself', async () => {
    const bench = Bench.open().with((app) =>
      app.use(((conn: { close(code: number): void }) => {
        conn.close(4003)
        return Promise.resolve()
      }) as unknown as Plain),
    )
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected?.status).toBe(403)
    expect(bench.errors).toEqual([])
    expect(bench.end.code).toBe(4003)
  })
})

describe('next', () => {
  it('rejects when it is called again', async () => {
    const bench = Bench.open().with((app) =>
      app.use(async (_conn, next) => {
        void next()
        return next()
      }),
    )
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected?.status).toBe(500)
    expect(bench.of('error')).toMatchObject([{ code: 'LINKSPAN_NEXT_TWICE' }])
  })

  it('called again by whoever does not look ends no process', async () => {
    const bench = Bench.open().with((app) =>
      app.use((_conn, next) => {
        const end = next()
        void next()
        return end
      }),
    )
    const unhandled = await unhandledDuring(() => bench.connect())
    expect(unhandled).toEqual([])
  })

  it('enters nothing once the connection has ended, and answers the end', async () => {
    let entered = false
    let end: unknown
    const bench = Bench.open().with((app) =>
      app
        .use(async (_conn, next) => {
          await turn()
          await turn()
          end = await next()
          return end as End<{}>
        })
        .use((_conn, next) => {
          entered = true
          return next()
        }),
    )
    const handshake = bench.arrive()
    handshake.abort()
    await turn()
    await turn()
    await turn()
    expect(entered).toBe(false)
    expect(end).toMatchObject({ code: 1006, by: 'network' })
    expect(bench.end).toBe(end)
  })

  it('adds nothing once the connection has ended', async () => {
    let conn: Connection<unknown> | undefined
    const bench = Bench.open().with((app) =>
      app
        .use((_conn, next) => next({ early: true }))
        .use(async (arrived, next) => {
          conn = arrived
          await conn.closed
          return next({ late: true })
        }),
    )
    bench.arrive().abort()
    await bench.clock.advance(60_000)
    expect(conn?.data).toEqual({ early: true })
    expect(bench.end.code).toBe(1006)
  })

  it('may be let go of: what was inside it ends no process', async () => {
    const early = careless((next) => {
      void next()
      throw new Error('outer')
    })
    const late = careless(async (next) => {
      await turn()
      void next()
      throw new Error('outer')
    })
    for (const middleware of [early, late]) {
      const bench = Bench.open().with((app) =>
        app.use(middleware).use(() => Promise.reject(new Error('inner'))),
      )
      const unhandled = await unhandledDuring(async () => {
        bench.arrive()
        await turn()
        await turn()
      })
      expect(unhandled).toEqual([])
      expect(bench.of('error').map(({ cause }) => cause)).toEqual([new Error('outer')])
    }
  })
})

describe('a bundle', () => {
  it('is a middleware like any other', async () => {
    const order: string[] = []
    const layer = (name: string): Plain => {
      return async (_conn, next) => {
        order.push(`${name} in`)
        const end = await next()
        order.push(`${name} out`)
        return end
      }
    }
    const inner = pipeline().use(layer('c')).use(layer('d'))
    const outer = pipeline().use(layer('b')).use(inner)
    const bench = Bench.open().with((app) => app.use(layer('a')).use(outer).use(layer('e')))
    const { transport } = await bench.connect()
    transport.closed(1000)
    await turn()
    expect(order).toEqual(
      ['a', 'b', 'c', 'd', 'e']
        .map((name) => `${name} in`)
        .concat(['e', 'd', 'c', 'b', 'a'].map((name) => `${name} out`)),
    )
  })

  it('hands on what its middlewares added', async () => {
    const bundle = pipeline()
      .use((_conn, next) => next({ a: 1, b: 1 }))
      .use((conn, next) => next({ b: conn.data.a + 1 }))
    const bench = Bench.open().with((app) =>
      app.use(bundle).use((conn, next) => next({ c: conn.data.b + 1 })),
    )
    const { conn } = await bench.connect()
    expect(conn.data).toEqual({ a: 1, b: 2, c: 3 })
  })

  it('that is empty changes nothing', async () => {
    const bench = Bench.open().with((app) => app.use(pipeline()))
    expect((await bench.connect()).conn.data).toEqual({})
  })

  it('stays as it is when it is made longer', async () => {
    const short = pipeline().use((_conn, next) => next({ a: 1 }))
    short.use((_conn, next) => next({ b: 2 }))
    const bench = Bench.open().with((app) => app.use(short))
    expect((await bench.connect()).conn.data).toEqual({ a: 1 })
  })

  it('may be used by several applications and connections', async () => {
    const bundle = pipeline().use((conn, next) => next({ path: conn.request.path }))
    const [one, other] = [Bench.open(), Bench.open()].map((bench) => bench.with((app) => app.use(bundle)))
    expect((await one?.connect({ url: '/a' }))?.conn.data).toEqual({ path: '/a' })
    expect((await other?.connect({ url: '/b' }))?.conn.data).toEqual({ path: '/b' })
    expect((await other?.connect({ url: '/c' }))?.conn.data).toEqual({ path: '/c' })
  })

  it('refuses as its middlewares do', async () => {
    const bundle = pipeline().use((conn) => conn.reject({ status: 401 }))
    const handshake = Bench.open()
      .with((app) => app.use(bundle))
      .arrive()
    await turn()
    expect(handshake.rejected?.status).toBe(401)
  })

  it.each([1, 3, 8])(
    'notices before the 101 that one inside it, under %d others, forgot to hand on',
    async (others) => {
      let bundle = pipeline()
      for (let i = 0; i < others; i += 1) bundle = bundle.use(async (_conn, next) => next())
      const bench = Bench.open().with((app) => app.use(bundle.use(careless(async (next) => void next()))))
      const handshake = bench.arrive()
      await turn()
      expect(handshake.accepted).toBe(false)
      expect(handshake.rejected?.status).toBe(500)
      expect(bench.errors).toEqual(['LINKSPAN_NEXT_MISSING'])
    },
  )

  it('enters nothing more once the connection has ended', async () => {
    const entered: string[] = []
    const bundle = pipeline()
      .use(async (_conn, next) => {
        await turn()
        return next()
      })
      .use((_conn, next) => {
        entered.push('inside')
        return next()
      })
    const bench = Bench.open().with((app) => app.use(bundle))
    const handshake = bench.arrive()
    handshake.abort()
    await turn()
    await turn()
    expect(entered).toEqual([])
    expect(bench.end.code).toBe(1006)
  })
})
