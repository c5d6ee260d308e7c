import { createServer } from 'node:http'
import { attach, upgrade } from '@linkspan/koa'
import Koa from 'koa'
import { application } from './application.js'
import { HOST, portOf, served } from './served.js'

const koa = new Koa()
koa.use(upgrade(application()))
const server = createServer()
attach(server, koa)
server.listen(0, HOST, () => served({ port: portOf(server) }))
