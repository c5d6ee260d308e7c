import Koa from 'koa'
import websockify from 'koa-websocket'
import type { WebSocket } from 'ws'
import { HOST, portOf, served } from './served.js'
import { answerOn } from './ws-socket.js'

const koa = websockify(new Koa(), { perMessageDeflate: false, maxPayload: 65_536 })
koa.ws.use((ctx) =>
  answerOn(ctx.websocket as WebSocket, () => (koa.ws.server?.clients ?? []) as Iterable<WebSocket>),
)
const server = koa.listen(0, HOST, () => served({ port: portOf(server) }))
