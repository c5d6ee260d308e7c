// The five ways to put an application on a server, each reachable at every path of 127.0.0.1.

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { Linkspan } from '@linkspan/core'
import { type Closable, health } from '@linkspan/node'

/** A server that listens on 127.0.0.1, at PORT or any port, and answers its readiness at `/ready`. */
interface Serving {
  readonly server: Closable
  readonly port: number
}

const HOST = '127.0.0.1'
const PORT = Number(process.env['PORT'] ?? 0)

/** The frameworks are the adapters', not this package's. */
const load = (adapter: string): unknown =>
  createRequire(new URL(`../../../${adapter}/package.json`, import.meta.url))(adapter)

async function listening(server: Server): Promise<Serving> {
  server.listen(PORT, HOST, 4_096)
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

/** By the name that TRANSPORT takes; a process loads its own only, since one of them is native code. */
export const transports: Readonly<Record<string, (app: Linkspan<unknown>) => Promise<Serving>>> = {
  ws: async (app) => {
    const { attach } = await import('../../../ws/src/index.js')
    const server = createServer(health([app]).readiness.http)
    attach(server, app)
    return listening(server)
  },

  express: async (app) => {
    const { attach, upgrade } = await import('../../../express/src/index.js')
    const web = (load('express') as () => Parameters<typeof attach>[1])()
    web.get('/ready', health([app]).readiness.http)
    web.get('/{*path}', upgrade(app))
    const server = createServer(web)
    attach(server, web)
    return listening(server)
  },

  koa: async (app) => {
    const { attach, upgrade } = await import('../../../koa/src/index.js')
    type Koa = Parameters<typeof attach>[1] & { use(middleware: unknown): Koa }
    const koa = new (load('koa') as new () => Koa)()
    const { readiness } = health([app])
    const serve = upgrade(app)
    koa.use((ctx: Parameters<typeof serve>[0]) => (ctx.path === '/ready' ? readiness.koa(ctx) : serve(ctx)))
    const handle = koa.callback()
    const server = createServer((req, res) => void handle(req, res))
    attach(server, koa)
    return listening(server)
  },

  fastify: async (app) => {
    const { plugin, upgrade } = await import('../../../fastify/src/index.js')
    const server = (load('fastify') as () => Parameters<typeof plugin>[0])()
    server.register(plugin)
    server.get('/ready', health([app]).readiness.fastify)
    server.get('/*', upgrade(app))
    await server.listen({ port: PORT, host: HOST, backlog: 4_096 })
    return { server, port: (server.server.address() as AddressInfo).port }
  },

  uws: async (app) => {
    const { attach } = await import('../../../uws/src/index.js')
    const { uWS } = await import('../../../uws/test/load.js')
    const { App, us_socket_local_port } = uWS()
    const server = App()
    server.get('/ready', health([app]).readiness.uws)
    attach(server, app)
    const port = await new Promise<number>((resolve, reject) => {
      server.listen(HOST, PORT, (socket) => {
        if (socket) resolve(us_socket_local_port(socket))
        else reject(new Error(`nothing can listen on ${HOST}`))
      })
    })
    return { server, port }
  },
}
