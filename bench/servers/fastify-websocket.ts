import websocket from '@fastify/websocket'
import { fastify } from 'fastify'
import { HOST, portOf, served } from './served.js'
import { answerOn } from './ws-socket.js'

const web = fastify()
await web.register(websocket, { options: { perMessageDeflate: false, maxPayload: 65_536 } })
web.get('/', { websocket: true }, (ws) => answerOn(ws, () => web.websocketServer.clients))
await web.listen({ port: 0, host: HOST })
served({ port: portOf(web.server) })
