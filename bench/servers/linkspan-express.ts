import { createServer } from 'node:http'
import { attach, upgrade } from '@linkspan/express'
import express from 'express'
import { application } from './application.js'
import { HOST, portOf, served } from './served.js'

const web = express()
web.get('/', upgrade(application()))
const server = createServer(web)
attach(server, web)
server.listen(0, HOST, () => served({ port: portOf(server) }))
