import { createServer } from 'node:http'
import { attach, upgrade } from '@linkspan/express'
import type { HostileSuite } from '@linkspan/testing'
import express from 'express'
import { listening } from './serve.js'

/** Where an application can be on a server of Express, for the suite of raw bytes. */
export const places: NonNullable<HostileSuite['places']> = {
  routed: (app) => {
    const web = express()
    web.get(['/raw', '/well-behaved'], upgrade(app))
    const server = createServer(web)
    attach(server, web)
    return listening(server)
  },

  'beside another': (app) => {
    const web = express()
    web.get(['/raw', '/well-behaved'], upgrade(app))
    const server = createServer(web)
    server.on('upgrade', (req, socket) => {
      if (req.url === '/foreign')
        socket.end("HTTP/1.1 418 I'm a Teapot\r\nX-By: another\r\nContent-Length: 0\r\n\r\n")
    })
    attach(server, web, { path: ['/raw', '/well-behaved'] })
    return listening(server)
  },

  guarded: (app) => {
    const web = express()
    web.use((req, res, next) => {
      setImmediate(() => {
        if (req.headers.authorization !== 'Bearer let-me-in') {
          res.status(401).set('WWW-Authenticate', 'Bearer').send('log in first')
          return
        }
        res.set('X-Guard', 'passed')
        next()
      })
    })
    web.get('/{*path}', upgrade(app))
    const server = createServer(web)
    attach(server, web)
    return listening(server)
  },
}
