import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Linkspan } from '@linkspan/core'
import { type Closable, health } from '@linkspan/node'
import { upgrade } from '../../../ws/src/index.js'

/** A server that listens on 127.0.0.1, and answers every plain request with its readiness. */
interface Serving {
  readonly server: Closable
  readonly port: number
}

/** By the name that TRANSPORT takes; a process loads its own only, since one of them is native code. */
export const transports: Readonly<Record<string, (app: Linkspan<unknown>) => Promise<Serving>>> = {
  ws: async (app) => {
    const server = createServer(health([app]).readiness.http).on('upgrade', upgrade(app))
    server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', 4_096)
    await once(server, 'listening')
    return { server, port: (server.address() as AddressInfo).port }
  },

  uws: async (app) => {
    const { attach } = await import('../../../uws/src/index.js')
    const { uWS } = await import('../../../uws/test/load.js')
    const { App, us_socket_local_port } = uWS()
    const server = App()
    server.get('/ready', health([app]).readiness.uws)
    attach(server, app)
    const port = await new Promise<number>((resolve, reject) => {
      server.listen('127.0.0.1', 0, (socket) => {
        if (socket) resolve(us_socket_local_port(socket))
        else reject(new Error('nothing can listen on 127.0.0.1'))
      })
    })
    return { server, port }
  },
}
