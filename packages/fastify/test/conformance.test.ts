import plugin, { upgrade } from '@linkspan/fastify'
import { describeTransport } from '@linkspan/testing'
import Fastify from 'fastify'
import { describe, it } from 'vitest'
import { listening } from './serve.js'

describeTransport({
  name: '@linkspan/fastify',
  describe,
  it,
  factory: async (app) => {
    const fastify = Fastify()
    fastify.register(plugin)
    fastify.get('*', upgrade(app))
    await fastify.listen({ port: 0, host: '127.0.0.1' })
    return listening(fastify.server)
  },
})
