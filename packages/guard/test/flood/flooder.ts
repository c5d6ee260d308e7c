// Handshakes from 127.0.0.1, one after the other on each of a few sockets, each with another address in its headers.
// Whoever is let in stays.
import { connect, type Socket } from 'node:net'
import type { FloodOrder, FloodReport } from './report.js'

const POOL = 8

const statuses: Record<string, number> = {}
const held: Socket[] = []
let retryAfter = 0
let made = 0
let under = 0
let port = 0
let until = 0

process.on('message', (order: FloodOrder) => {
  if (order === 'pause') {
    until = made
    if (under === 0) report()
    return
  }
  ;({ port, until } = order)
  for (let i = 0; i < POOL; i += 1) next()
})
process.on('disconnect', () => process.exit(0))

function report(): void {
  const said: FloodReport = { made, statuses, retryAfter }
  process.send?.(said)
}

function next(): void {
  if (made < until) flood()
  else if (under === 0) report()
}

function flood(): void {
  made += 1
  under += 1
  const claimed = `203.0.113.${made % 256}`
  const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.1', noDelay: true })
  socket.write(
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
      `X-Forwarded-For: ${claimed}\r\nForwarded: for=${claimed}\r\nX-Real-IP: ${claimed}\r\n\r\n`,
  )
  let answer = ''
  let told = false
  socket.setEncoding('latin1')
  socket.on('error', () => {})
  socket.on('data', (chunk: string) => {
    answer += chunk
    if (!answer.startsWith('HTTP/1.1 101') || !answer.includes('\r\n\r\n')) return
    held.push(socket)
    done()
  })
  socket.once('close', () => {
    if (!answer.startsWith('HTTP/1.1 101')) done()
  })

  function done(): void {
    if (told) return
    told = true
    const status = answer.slice(9, 12)
    statuses[status] = (statuses[status] ?? 0) + 1
    if (/\r\nretry-after: \d+\r\n/i.test(answer)) retryAfter += 1
    under -= 1
    next()
  }
}
