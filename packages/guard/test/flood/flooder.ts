// Handshakes from 127.0.0.1, as fast as a pool of sockets makes them, each with another address in its headers.
// Whoever is let in stays.
import { connect, type Socket } from 'node:net'
import type { FloodReport } from './report.js'

const POOL = 8

process.once('message', ({ port, count }: { port: number; count: number }) => {
  const statuses: Record<string, number> = {}
  const held: Socket[] = []
  let retryAfter = 0
  let begun = 0
  let ended = 0
  const start = performance.now()

  function next(): void {
    if (begun === count) return
    begun += 1
    const claimed = `203.0.113.${begun % 256}`
    const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.1', noDelay: true })
    socket.write(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
        `X-Forwarded-For: ${claimed}\r\nForwarded: for=${claimed}\r\nX-Real-IP: ${claimed}\r\n\r\n`,
    )
    let answer = ''
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

    let told = false
    function done(): void {
      if (told) return
      told = true
      const status = answer.slice(9, 12)
      statuses[status] = (statuses[status] ?? 0) + 1
      if (/\r\nretry-after: \d+\r\n/i.test(answer)) retryAfter += 1
      ended += 1
      if (ended < count) return next()
      const report: FloodReport = { statuses, retryAfter, duration: performance.now() - start }
      process.send?.(report)
    }
  }
  for (let i = 0; i < POOL; i += 1) next()
})
process.on('disconnect', () => process.exit(0))
