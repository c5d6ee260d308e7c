import type { AddressInfo } from 'node:net'
import { linkspan } from '@linkspan/core'
import plugin, { upgrade } from '@linkspan/fastify'
import Fastify from 'fastify'
import { application, prove } from './prove.js'

async function main(): Promise<void> {
  const app = application(linkspan)
  const fastify = Fastify()
  await fastify.register(plugin)
  fastify.get('/chat/:room', upgrade(app))
  await fastify.listen({ port: 0, host: '127.0.0.1' })
  await prove((fastify.server.address() as AddressInfo).port)
  await fastify.close() // drains
}

void main()
