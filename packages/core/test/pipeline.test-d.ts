import { describe, expectTypeOf, it } from 'vitest'
import { linkspan, type Middleware, type Pipeline, pipeline } from '../src/index.js'

describe('a bundle', () => {
  it('gathers data as an application does', () => {
    const bundle = pipeline()
      .use((_conn, next) => next({ room: 'lobby' }))
      .use((conn, next) => {
        expectTypeOf(conn.data.room).toEqualTypeOf<string>()
        return next({ count: conn.data.room.length })
      })
    linkspan()
      .use(bundle)
      .message((conn) => {
        expectTypeOf(conn.data.room).toEqualTypeOf<string>()
        expectTypeOf(conn.data.count).toEqualTypeOf<number>()
      })
  })

  it('adds to what was there before, and does not hide it', () => {
    const bundle = pipeline().use((_conn, next) => next({ count: 1 }))
    linkspan()
      .use((_conn, next) => next({ room: 'lobby' }))
      .use(bundle)
      .message((conn) => {
        expectTypeOf(conn.data.room).toEqualTypeOf<string>()
        expectTypeOf(conn.data.count).toEqualTypeOf<number>()
      })
  })

  it('of bundles is a bundle', () => {
    const inner = pipeline().use((_conn, next) => next({ a: 1 }))
    const outer = pipeline()
      .use(inner)
      .use((conn, next) => next({ b: conn.data.a }))
    linkspan()
      .use(outer)
      .message((conn) => void expectTypeOf(conn.data.b).toEqualTypeOf<number>())
  })

  it('may ask for what has to be there before it', () => {
    const bundle = pipeline<{ room: string }>().use((conn, next) =>
      next({ greeting: `hello ${conn.data.room}` }),
    )
    linkspan()
      .use((_conn, next) => next({ room: 'lobby' }))
      .use(bundle)
      .message((conn) => void expectTypeOf(conn.data.greeting).toEqualTypeOf<string>())
    // @ts-expect-error: nobody has added a room.
    linkspan().use(bundle)
  })

  it('is a middleware wherever one is asked for', () => {
    const bundle = pipeline().use((_conn, next) => next({ a: 1 }))
    expectTypeOf(bundle).toExtend<Middleware<unknown, { a: number }>>()
    const empty: Pipeline<unknown, {}> = pipeline()
    linkspan().use(empty)
  })

  it('takes no middleware that forgets to hand on', () => {
    // @ts-expect-error: it returns nothing.
    pipeline().use(async (_conn, next) => {
      await next()
    })
  })
})
