import type { RawData, WebSocket } from 'ws'
import { settled, setup } from './served.js'

/** What a server built on `ws` does with each socket, however it came by it. */
export function answerOn(ws: WebSocket, everybody: () => Iterable<WebSocket>): void {
  ws.on('error', () => {})
  if (setup.handler === 'room') {
    ws.on('message', (data, binary) => {
      const options = { binary }
      for (const other of everybody()) if (other.readyState === other.OPEN) other.send(data, options)
    })
  } else if (setup.handler === 'async') {
    ws.on('message', (data, binary) => void later(ws, data, binary))
  } else {
    ws.on('message', (data, binary) => ws.send(data, { binary }))
  }
  if (setup.heartbeat !== undefined) beat(ws, setup.heartbeat)
}

async function later(ws: WebSocket, data: RawData, binary: boolean): Promise<void> {
  await settled
  ws.send(data, { binary })
}

/** A timer for each socket. */
function beat(ws: WebSocket, interval: number): void {
  let alive = true
  const timer = setInterval(() => {
    if (!alive) return ws.terminate()
    alive = false
    ws.ping()
  }, interval)
  ws.on('pong', () => {
    alive = true
  })
  ws.on('close', () => clearInterval(timer))
}
