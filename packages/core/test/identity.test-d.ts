import { describe, expectTypeOf, it } from 'vitest'
import {
  type Authenticated,
  type Identity,
  type IdentityOf,
  linkspan,
  type Middleware,
  pipeline,
} from '../src/index.js'

/** As an authentication package writes it. */
const authenticating: Middleware<unknown, Authenticated> = async (conn, next) => {
  conn.authenticate({ subject: 'ada' })
  return next<Authenticated>()
}

describe('the identity', () => {
  it('may be missing where nobody authenticated', () => {
    linkspan()
      .use((conn, next) => {
        expectTypeOf(conn.identity).toEqualTypeOf<Identity | null>()
        return next({ room: 'lobby' })
      })
      .message((conn) => {
        expectTypeOf(conn.identity).toEqualTypeOf<Identity | null>()
        // @ts-expect-error: it may be null.
        void conn.identity.subject
      })
  })

  it('is there after an authenticating middleware, and stays there', () => {
    linkspan()
      .use(authenticating)
      .use((conn, next) => {
        expectTypeOf(conn.identity).toEqualTypeOf<Identity>()
        return next({ name: conn.identity.subject })
      })
      .use((_conn, next) => next({ name: 7 }))
      .message((conn) => {
        expectTypeOf(conn.identity).toEqualTypeOf<Identity>()
        expectTypeOf(conn.data.name).toEqualTypeOf<number>()
      })
  })

  it('is not there before it', () => {
    linkspan()
      .use((conn, next) => {
        expectTypeOf(conn.identity).toEqualTypeOf<Identity | null>()
        return next()
      })
      .use(authenticating)
  })

  it('is there after a bundle with an authenticating middleware in it', () => {
    const gate = pipeline()
      .use((_conn, next) => next({ a: 1 }))
      .use(authenticating)
      .use((conn, next) => {
        expectTypeOf(conn.identity).toEqualTypeOf<Identity>()
        return next()
      })
    linkspan()
      .use(gate)
      .message((conn) => void expectTypeOf(conn.identity).toEqualTypeOf<Identity>())
  })

  it('is there where authentication also adds data', () => {
    linkspan()
      .use(async (conn, next) => {
        conn.authenticate({ subject: 'ada' })
        return next<Authenticated & { plan: string }>({ plan: 'free' })
      })
      .message((conn) => {
        expectTypeOf(conn.identity).toEqualTypeOf<Identity>()
        expectTypeOf(conn.data.plan).toEqualTypeOf<string>()
      })
  })

  it('is asked for by a middleware that needs it, and only there it can be used', () => {
    const needing: Middleware<Authenticated, {}> = (conn, next) => {
      expectTypeOf(conn.identity).toEqualTypeOf<Identity>()
      return next()
    }
    linkspan().use(authenticating).use(needing)
    // @ts-expect-error: nobody has authenticated.
    linkspan().use(needing)
  })

  it('has to be said to be there: nobody guesses it from a call', () => {
    // @ts-expect-error: it promises an identity, and next was not told.
    const forgetful: Middleware<unknown, Authenticated> = (conn, next) => {
      conn.authenticate({ subject: 'ada' })
      return next()
    }
    void forgetful
  })

  it('follows the data', () => {
    expectTypeOf<IdentityOf<{}>>().toEqualTypeOf<Identity | null>()
    expectTypeOf<IdentityOf<unknown>>().toEqualTypeOf<Identity | null>()
    expectTypeOf<IdentityOf<Authenticated>>().toEqualTypeOf<Identity>()
    expectTypeOf<IdentityOf<Authenticated & { a: 1 }>>().toEqualTypeOf<Identity>()
  })
})
