import { type Authenticated, type Identity, linkspan, type Middleware } from '@linkspan/core'
import type { CryptoKey, JWK } from 'jose'
import { expectTypeOf, test } from 'vitest'
import {
  authenticate,
  jwt,
  type TicketMiddleware,
  type TicketStore,
  type TokenMiddleware,
  ticket,
} from '../src/index.js'

const secret = 'what only the issuer and the server know'

test('identity is null before, and not after', () => {
  for (const middleware of [jwt({ secret }), ticket()]) {
    linkspan()
      .use((conn, next) => {
        expectTypeOf(conn.identity).toEqualTypeOf<Identity | null>()
        return next({ room: 'lobby' })
      })
      .use(middleware)
      .use((conn, next) => {
        expectTypeOf(conn.identity).toEqualTypeOf<Identity>()
        expectTypeOf(conn.data.room).toEqualTypeOf<string>()
        return next()
      })
      .message((conn) => {
        expectTypeOf(conn.identity.subject).toEqualTypeOf<string>()
      })
  }
})

test('a check knows what is in the data, without annotations', () => {
  linkspan()
    .use((_conn, next) => next({ room: 'lobby' }))
    .use(
      authenticate(async (request, conn) => {
        expectTypeOf(conn.data.room).toEqualTypeOf<string>()
        expectTypeOf(request.headers['x-key']).toEqualTypeOf<string | undefined>()
        return request.params['user'] === undefined ? null : { subject: request.params['user'] }
      }),
    )
    .message((conn) => {
      expectTypeOf(conn.identity).toEqualTypeOf<Identity>()
    })
})

test('a check answers an identity or null', () => {
  // @ts-expect-error: nobody is null
  authenticate(() => undefined)
  // @ts-expect-error: a name is no identity
  authenticate(async () => 'ada')
})

test('exactly one of secret, key and jwks', () => {
  const key: JWK = { kty: 'EC' }
  jwt({ key })
  jwt({ key: {} as CryptoKey })
  jwt({ jwks: 'https://login.example/keys' })
  jwt({ jwks: new URL('https://login.example/keys') })
  jwt({ jwks: { url: 'https://login.example/keys', timeout: 500 } })
  jwt({ jwks: { keys: [key] } })
  // @ts-expect-error: none
  jwt({})
  // @ts-expect-error: two
  jwt({ secret, key })
  // @ts-expect-error: two
  jwt({ secret, jwks: 'https://login.example/keys' })
})

test('what they answer', () => {
  expectTypeOf(jwt({ secret })).toEqualTypeOf<TokenMiddleware>()
  expectTypeOf(jwt({ secret }).verify).toEqualTypeOf<(token: string) => Promise<Identity>>()
  expectTypeOf(ticket()).toEqualTypeOf<TicketMiddleware>()
  expectTypeOf(ticket()).toExtend<Middleware<unknown, Authenticated>>()
  expectTypeOf<TicketStore['take']>().toEqualTypeOf<(id: string) => Promise<string | undefined>>()
})
