// A server of `ws`, with a recorder or without one, that tells its CPU time whenever it is asked. It measures nothing else.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { flightRecorder, linkspan } from '@linkspan/core'
import { upgrade } from '@linkspan/ws'

const recorder = process.argv.includes('--recorded') ? { recorder: flightRecorder() } : {}
const app = linkspan({ origin: '*', ...recorder })
  .use(function profile(_conn, next) {
    return next({ profile: 1 })
  })
  .message((conn, message) => void conn.send(message))

const server = createServer().on('upgrade', upgrade(app))
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.(user + system)
})
process.on('disconnect', () => process.exit(0))
