import { createServer } from 'node:http'
import crossws from 'crossws/adapters/node'
import { hooks } from './crossws-hooks.js'
import { HOST, portOf, served } from './served.js'

const { handleUpgrade } = crossws({ hooks, serverOptions: { perMessageDeflate: false } })
const server = createServer()
server.on('upgrade', (req, socket, head) => void handleUpgrade(req, socket, head))
server.listen(0, HOST, () => served({ port: portOf(server) }))
