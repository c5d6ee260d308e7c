// node --import tsx --conditions=@linkspan/source examples/session-bridges/servers/start.ts express

import { serve as onExpress } from './express.js'
import { serve as onFastify } from './fastify.js'
import { serve as onKoa } from './koa.js'

const servers = new Map(Object.entries({ express: onExpress, fastify: onFastify, koa: onKoa }))
const name = process.argv[2] ?? 'express'
const serve = servers.get(name)
if (serve === undefined) throw new Error(`which one? ${[...servers.keys()].join(', ')}`)

const site = await serve(Number(process.env['PORT'] ?? 3000))
console.log(
  `${name}: POST http://localhost:${site.port}/login as ada:analytical engine, then ws://localhost:${site.port}/chat`,
)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void site.stop())
