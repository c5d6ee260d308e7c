import { createServer } from 'node:http'
import Router from '@koa/router'
import { linkspan } from '@linkspan/core'
import { attach, upgrade } from '@linkspan/koa'
import Koa from 'koa'
import { application, listening, prove } from './prove.js'

async function main(): Promise<void> {
  const app = application(linkspan)
  const koa = new Koa()
  const router = new Router()
  router.get('/chat/:room', upgrade(app))
  koa.use(router.routes())
  // oxlint-disable-next-line typescript/no-misused-promises -- it never rejects, and this is how Koa is used
  const server = createServer(koa.callback())
  attach(server, koa)
  await prove(await listening(server))
  await app.drain()
  server.close()
}

void main()
