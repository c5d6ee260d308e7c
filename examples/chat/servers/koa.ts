import { createServer } from 'node:http'
import Router from '@koa/router'
import { attach, upgrade } from '@linkspan/koa'
import Koa from 'koa'
import { chat } from '../src/app.js'
import { page } from './shared/page.js'
import { run } from './shared/run.js'

const app = chat()

const router = new Router()
router.get('/chat/:room', upgrade(app))

const koa = new Koa()
koa.use(router.routes())
koa.use((context) => {
  const { status, headers, body } = page(context.path)
  context.status = status
  context.set(headers)
  context.body = body
})

const handle = koa.callback()
const server = createServer((request, response) => void handle(request, response))
attach(server, koa)

await run('Koa', app, server)
