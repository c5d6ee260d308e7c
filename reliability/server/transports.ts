// The five ways to put an application on a server, each reachable at every path of 127.0.0.1.

import type { us_listen_socket } from 'uWebSockets.js'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Linkspan } from '@linkspan/core'

/** A server that listens. */
export interface Serving {
  readonly port: number
  /** Ends the server, by its own means. */
  close(): Promise<void>
  /** Listeners that others have put on the server: what grows with connections is a leak. */
  listeners(): number
}

type Start = (app: Linkspan<unknown>) => Promise<Serving>

/** Every transport, by the name that TRANSPORT takes. A process loads its own only: one of them is native code. */
export const transports = {
  ws: async (app) => {
    const { upgrade } = await import('@linkspan/ws')
    return listening(createServer().on('upgrade', upgrade(app)))
  },

  express: async (app) => {
    const { attach, upgrade } = await import('@linkspan/express')
    const { default: express } = await import('express')
    const web = express()
    web.get('/{*path}', upgrade(app))
    const server = createServer(web)
    attach(server, web)
    return listening(server)
  },

  koa: async (app) => {
    const { attach, upgrade } = await import('@linkspan/koa')
    const { default: Koa } = await import('koa')
    const koa = new Koa()
    koa.use(upgrade(app))
    const handle = koa.callback()
    const server = createServer((request, response) => void handle(request, response))
    attach(server, koa)
    return listening(server)
  },

  fastify: async (app) => {
    const { default: plugin, upgrade } = await import('@linkspan/fastify')
    const { fastify } = await import('fastify')
    const web = fastify()
    await web.register(plugin)
    web.get('*', upgrade(app))
    await web.listen({ port: 0, host: '127.0.0.1' })
    const { port } = web.server.address() as AddressInfo
    return { port, close: async () => void (await web.close()), listeners: () => listenersOf(web.server) }
  },

  uws: async (app) => {
    const { attach } = await import('@linkspan/uws')
    const { default: uWS } = await import('uWebSockets.js')
    const web = uWS.App()
    attach(web, app)
    const socket = await new Promise<us_listen_socket | false>((resolve) => {
      web.listen('127.0.0.1', 0, resolve)
    })
    if (socket === false) throw new Error('nothing can listen on 127.0.0.1')
    return {
      port: uWS.us_socket_local_port(socket),
      close: async () => void web.close(),
      listeners: () => 0,
    }
  },
} satisfies Record<string, Start>

export type TransportName = keyof typeof transports

export const transportNames = Object.keys(transports) as readonly TransportName[]

export function isTransport(name: string): name is TransportName {
  return Object.hasOwn(transports, name)
}

async function listening(server: Server): Promise<Serving> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
    listeners: () => listenersOf(server),
  }
}

function listenersOf(server: Server): number {
  return server.eventNames().reduce((sum, name) => sum + server.listenerCount(name), 0)
}
