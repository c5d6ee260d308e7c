import { createServer } from 'node:http'
import express from 'express'
import expressWs from 'express-ws'
import type { WebSocket } from 'ws'
import { HOST, portOf, served } from './served.js'
import { answerOn } from './ws-socket.js'

const web = express()
const server = createServer(web)
const { app, getWss } = expressWs(web, server, { wsOptions: { perMessageDeflate: false } })
app.ws('/', (ws) => answerOn(ws, () => getWss().clients as Set<WebSocket>))
server.listen(0, HOST, () => served({ port: portOf(server) }))
