import uWS, { type WebSocket } from 'uWebSockets.js'
import { HOST, served, settled, setup } from './served.js'

const sockets = new Set<WebSocket<object>>()
const app = uWS.App()

function received(ws: WebSocket<object>, data: ArrayBuffer, binary: boolean): void {
  if (setup.handler === 'room') app.publish('room', data, binary)
  else if (setup.handler === 'async') void later(ws, data.slice(0), binary)
  else ws.send(data, binary)
}

async function later(ws: WebSocket<object>, data: ArrayBuffer, binary: boolean): Promise<void> {
  await settled
  if (sockets.has(ws)) ws.send(data, binary)
}

app.ws<object>('/*', {
  maxPayloadLength: 65_536,
  compression: 0,
  // It pings four seconds before its timeout, and looks every four.
  ...(setup.heartbeat === undefined ? {} : { idleTimeout: setup.heartbeat / 1000 + 4 }),
  open: (ws) => {
    sockets.add(ws)
    if (setup.handler === 'room') ws.subscribe('room')
  },
  message: received,
  close: (ws) => {
    sockets.delete(ws)
  },
})
app.listen(HOST, 0, (socket) => {
  if (socket === false) process.exit(1)
  served({
    port: uWS.us_socket_local_port(socket),
    drain: () => {
      for (const ws of sockets) ws.end(1012, 'restarting')
    },
  })
})
