import { plugin, upgrade } from '@linkspan/fastify'
import { fastify } from 'fastify'
import { application } from './application.js'
import { HOST, portOf, served } from './served.js'

const web = fastify()
await web.register(plugin)
web.get('/', upgrade(application()))
await web.listen({ port: 0, host: HOST })
served({ port: portOf(web.server) })
