import type { Linkspan } from '@linkspan/core'
import plugin, { upgrade } from '@linkspan/fastify'
import type { HostileSuite, TestHost } from '@linkspan/testing'
import Fastify, { type FastifyInstance } from 'fastify'
import { listening } from './serve.js'

const OURS = ['/raw', '/well-behaved']

/** Where an application can be on a server of Fastify, for the suite of raw bytes. */
export const places: NonNullable<HostileSuite['places']> = {
  routed: (app) => {
    const fastify = Fastify()
    fastify.register(plugin)
    return serving(fastify, app)
  },

  'beside another': (app) => {
    const fastify = Fastify()
    fastify.server.on('upgrade', (req, socket) => {
      if (req.url === '/foreign')
        socket.end("HTTP/1.1 418 I'm a Teapot\r\nX-By: another\r\nContent-Length: 0\r\n\r\n")
    })
    fastify.register(plugin, { path: OURS })
    return serving(fastify, app)
  },

  guarded: async (app) => {
    const fastify = Fastify()
    fastify.register(plugin)
    fastify.addHook('onRequest', async (request, reply) => {
      await new Promise(setImmediate)
      if (request.headers.authorization !== 'Bearer let-me-in') {
        return reply.code(401).header('WWW-Authenticate', 'Bearer').send('log in first')
      }
      reply.header('X-Guard', 'passed')
    })
    fastify.get('*', upgrade(app))
    await fastify.listen({ port: 0, host: '127.0.0.1' })
    return listening(fastify.server)
  },
}

async function serving(fastify: FastifyInstance, app: Linkspan<unknown>): Promise<TestHost> {
  for (const path of OURS) fastify.get(path, upgrade(app))
  await fastify.listen({ port: 0, host: '127.0.0.1' })
  return listening(fastify.server)
}
