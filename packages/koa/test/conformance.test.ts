import type { AddressInfo } from 'node:net'
import { attach, upgrade } from '@linkspan/koa'
import { describeTransport, socketHost } from '@linkspan/testing'
import Koa from 'koa'
import { describe, it } from 'vitest'

describeTransport({
  name: '@linkspan/koa',
  describe,
  it,
  factory: async (app) => {
    const koa = new Koa()
    koa.use(upgrade(app))
    const server = koa.listen(0, '127.0.0.1')
    attach(server, koa)
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    return socketHost({
      connect: { port, host: '127.0.0.1' },
      close: () => new Promise((resolve) => server.close(() => resolve())),
    })
  },
})
