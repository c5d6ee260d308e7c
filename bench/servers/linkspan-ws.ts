import { createServer } from 'node:http'
import { upgrade } from '@linkspan/ws'
import { application } from './application.js'
import { HOST, portOf, served } from './served.js'

const app = application()
const server = createServer()
server.on('upgrade', upgrade(app))
server.listen(0, HOST, () => served({ port: portOf(server), drain: () => void app.drain({ grace: 5_000 }) }))
