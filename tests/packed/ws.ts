import { createServer } from 'node:http'
import { linkspan } from '@linkspan/core'
import { attach } from '@linkspan/ws'
import { application, listening, prove } from './prove.js'

async function main(): Promise<void> {
  const app = application(linkspan)
  const server = createServer()
  attach(server, app, { path: '/chat/:room' })
  await prove(await listening(server))
  await app.drain()
  server.close()
}

void main()
