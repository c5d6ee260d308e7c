import { WebSocketServer } from 'ws'
import { HOST, portOf, served } from './served.js'
import { answerOn } from './ws-socket.js'

const wss = new WebSocketServer({ port: 0, host: HOST, perMessageDeflate: false, maxPayload: 65_536 })
wss.on('connection', (ws) => answerOn(ws, () => wss.clients))
wss.on('listening', () => {
  served({
    port: portOf(wss),
    drain: () => {
      for (const ws of wss.clients) ws.close(1012, 'restarting')
    },
  })
})
