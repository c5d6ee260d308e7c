import { createServer } from 'node:http'
import type { HostileSuite } from '@linkspan/testing'
import { attach } from '@linkspan/ws'
import { listening } from './serve.js'

const OURS = ['/raw', '/well-behaved']

/** Where an application can be on a bare server, for the suite of raw bytes. There is no framework that guards it. */
export const places: NonNullable<HostileSuite['places']> = {
  routed: (app) => {
    const server = createServer()
    attach(server, app, { path: OURS })
    return listening(server)
  },

  'beside another': (app) => {
    const server = createServer()
    server.on('upgrade', (req, socket) => {
      if (req.url === '/foreign')
        socket.end("HTTP/1.1 418 I'm a Teapot\r\nX-By: another\r\nContent-Length: 0\r\n\r\n")
    })
    attach(server, app, { path: OURS })
    return listening(server)
  },
}
