import { attach, upgrade } from '@linkspan/koa'
import type { HostileSuite } from '@linkspan/testing'
import Koa from 'koa'
import { listening, serverOf } from './serve.js'

const OURS = ['/raw', '/well-behaved']

/** Where an application can be on a server of Koa, for the suite of raw bytes. */
export const places: NonNullable<HostileSuite['places']> = {
  routed: (app) => {
    const serve = upgrade(app)
    const koa = new Koa()
    koa.use((ctx, next) => (OURS.includes(ctx.path) ? serve(ctx) : next()))
    const server = serverOf(koa)
    attach(server, koa)
    return listening(server)
  },

  'beside another': (app) => {
    const koa = new Koa().use(upgrade(app))
    const server = serverOf(koa)
    server.on('upgrade', (req, socket) => {
      if (req.url === '/foreign')
        socket.end("HTTP/1.1 418 I'm a Teapot\r\nX-By: another\r\nContent-Length: 0\r\n\r\n")
    })
    attach(server, koa, { path: OURS })
    return listening(server)
  },

  guarded: (app) => {
    const koa = new Koa()
    koa.use(async (ctx, next) => {
      await new Promise(setImmediate)
      if (ctx.get('authorization') !== 'Bearer let-me-in') {
        ctx.set('WWW-Authenticate', 'Bearer')
        ctx.status = 401
        ctx.body = 'log in first'
        return
      }
      ctx.set('X-Guard', 'passed')
      await next()
    })
    koa.use(upgrade(app))
    const server = serverOf(koa)
    attach(server, koa)
    return listening(server)
  },
}
