// A server of its own, that counts whom it lets as far as the verification of credentials.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { linkspan } from '@linkspan/core'
import { limitConnections } from '@linkspan/guard'
import { upgrade } from '../../../ws/src/index.js'
import type { ServerReport } from './report.js'

const limiter = limitConnections({ perAddress: 100 })
let verified = 0
let closed = 0
const app = linkspan({ origin: '*' })
  .use(limiter)
  .use((_conn, next) => {
    verified += 1
    return next()
  })
  .message((conn, message) => {
    conn.send(message)
  })
  .on('close', () => {
    closed += 1
  })

const server = createServer().on('upgrade', upgrade(app))
server.listen(0, () => process.send?.({ port: (server.address() as AddressInfo).port }))

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  const report: ServerReport = {
    verified,
    cpu: (user + system) / 1_000,
    closed,
    connections: app.connections.size,
    limiter: limiter.stats(),
    flooder: limiter.count({ address: '127.0.0.1' }),
  }
  process.send?.(report)
})
process.on('disconnect', () => process.exit(0))
