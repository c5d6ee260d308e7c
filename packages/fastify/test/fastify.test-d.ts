import { createServer } from 'node:https'
import { linkspan } from '@linkspan/core'
import plugin, { native, upgrade } from '@linkspan/fastify'
import Fastify, { type FastifyRequest, type FastifyTypeProvider } from 'fastify'
import { expectTypeOf, test } from 'vitest'

const app = linkspan().use((_conn, next) => next({ user: 'ada' }))

interface Provider extends FastifyTypeProvider {
  readonly serializer: string
}

test('a route takes it without a cast, with hooks, generics and a type provider', () => {
  const fastify = Fastify()
  fastify.register(plugin)
  fastify.register(plugin, { path: '/chat/:room', drain: { grace: 5_000, code: 1001 } })
  fastify.get('/chat/:room', upgrade(app))
  fastify.get('/chat/:room', { preHandler: async () => {} }, upgrade(app))
  fastify.get<{ Params: { room: string }; Querystring: { since?: string } }>('/chat/:room', upgrade(app))
  fastify.route({ method: 'GET', url: '/chat/:room', handler: upgrade(app) })
  fastify.withTypeProvider<Provider>().get('/chat/:room', upgrade(app))
})

test('a server over TLS takes it too', () => {
  const fastify = Fastify({ https: {} })
  fastify.register(plugin)
  fastify.get('/chat/:room', upgrade(app))
  const made = Fastify({ serverFactory: (handler) => createServer({}, handler) })
  made.register(plugin)
  made.get('/chat/:room', upgrade(app))
})

test('native is the Fastify request', () => {
  app.on('open', (conn) => {
    expectTypeOf(native(conn)).toEqualTypeOf<FastifyRequest>()
  })
})
