import type { AddressInfo } from 'node:net'
import plugin, { upgrade } from '@linkspan/fastify'
import { describeTransport, socketHost } from '@linkspan/testing'
import Fastify from 'fastify'
import { describe, it } from 'vitest'

describeTransport({
  name: '@linkspan/fastify',
  describe,
  it,
  factory: async (app) => {
    const fastify = Fastify()
    fastify.register(plugin)
    fastify.get('*', upgrade(app))
    await fastify.listen({ port: 0, host: '127.0.0.1' })
    const { port } = fastify.server.address() as AddressInfo
    return socketHost({
      connect: { port, host: '127.0.0.1' },
      close: () => new Promise((resolve) => fastify.server.close(() => resolve())),
    })
  },
})
