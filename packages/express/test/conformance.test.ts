import type { AddressInfo } from 'node:net'
import { attach, upgrade } from '@linkspan/express'
import { describeTransport, socketHost } from '@linkspan/testing'
import express from 'express'
import { describe, it } from 'vitest'

describeTransport({
  name: '@linkspan/express',
  describe,
  it,
  factory: async (app) => {
    const web = express()
    web.get('/{*path}', upgrade(app))
    const server = web.listen(0, '127.0.0.1')
    attach(server, web)
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    return socketHost({
      connect: { port, host: '127.0.0.1' },
      close: () => new Promise((resolve) => server.close(() => resolve())),
    })
  },
})
