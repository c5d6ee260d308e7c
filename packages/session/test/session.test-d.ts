import { type Identity, linkspan } from '@linkspan/core'
import { memoryStore, type Session, session } from '@linkspan/session'
import { expectTypeOf, it } from 'vitest'

const store = memoryStore()

it('types values by hand: each may be missing', () => {
  linkspan()
    .use(session<{ cart: string[] }>({ store }))
    .message((conn) => {
      const found = conn.data.session
      expectTypeOf(found.get('cart')).toEqualTypeOf<readonly string[] | undefined>()
      found.set('cart', ['apple'])
      found.update(({ cart = [] }) => ({ cart: [...cart, 'pear'] }))
      expectTypeOf(conn.identity).toEqualTypeOf<Identity | null>()
      // @ts-expect-error: no such value
      found.get('card')
      // @ts-expect-error: the wrong type
      found.set('cart', 'apple')
      // @ts-expect-error: it is not known to be there
      found.get('cart').length
      // @ts-expect-error: frozen
      found.get('cart')?.push('apple')
      // @ts-expect-error: it answers nothing
      found.update(() => {})
    })
})

it('infers values from what a session begins with', () => {
  linkspan()
    .use(session({ store, initial: () => ({ visits: 0, tags: [] as string[] }) }))
    .message((conn) => {
      const found = conn.data.session
      expectTypeOf(found).toEqualTypeOf<Session<{ visits: number; tags: string[] }>>()
      expectTypeOf(found.get('visits')).toEqualTypeOf<number>()
      found.update((values) => ({ ...values, visits: values.visits + 1 }))
    })
})

it('knows nothing of values that nobody has typed', () => {
  linkspan()
    .use(session({ store }))
    .message((conn) => {
      expectTypeOf(conn.data.session.get('anything')).toBeUnknown()
      conn.data.session.set('anything', [1, 2])
    })
})

it('has an identity where user always answers one', () => {
  linkspan()
    .use(session({ store, initial: () => ({ id: 'ada' }), user: (found) => ({ subject: found.get('id') }) }))
    .message((conn) => {
      expectTypeOf(conn.identity).toEqualTypeOf<Identity>()
    })
  linkspan()
    .use(
      session<{ id: string }>({
        store,
        user: async (found, conn) => ({ subject: found.get('id') ?? conn.id }),
      }),
    )
    .message((conn) => {
      expectTypeOf(conn.identity).toEqualTypeOf<Identity>()
      expectTypeOf(conn.data.session.get('id')).toEqualTypeOf<string | undefined>()
    })
})

it('may have none where user may answer none', () => {
  linkspan()
    .use(
      session<{ id: string }>({
        store,
        user: (found) => {
          const subject = found.get('id')
          return subject === undefined ? null : { subject }
        },
      }),
    )
    .message((conn) => {
      expectTypeOf(conn.identity).toEqualTypeOf<Identity | null>()
    })
})

it('comes after other middleware, and before more', () => {
  linkspan()
    .use((_conn, next) => next({ trace: 'a' }))
    .use(session({ store, initial: () => ({ n: 1 }) }))
    .use((conn, next) => next({ double: conn.data.session.get('n') * 2 }))
    .message((conn) => {
      expectTypeOf(conn.data.trace).toBeString()
      expectTypeOf(conn.data.double).toBeNumber()
    })
})
