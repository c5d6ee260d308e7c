import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { HOST, portOf, served, setup } from './served.js'

const server = createServer()
const io = new Server(server, {
  transports: ['websocket'],
  serveClient: false,
  maxHttpBufferSize: 65_536,
  pingInterval: setup.heartbeat ?? 600_000,
})
io.on('connection', (socket) => {
  socket.on('m', (data: string) => {
    if (setup.handler === 'room') io.emit('m', data)
    else if (setup.handler === 'async') void Promise.resolve().then(() => socket.emit('m', data))
    else socket.emit('m', data)
  })
})
server.listen(0, HOST, () => served({ port: portOf(server) }))
