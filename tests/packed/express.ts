import { createServer } from 'node:http'
import { linkspan } from '@linkspan/core'
import { attach, upgrade } from '@linkspan/express'
import express from 'express'
import { application, listening, prove } from './prove.js'

async function main(): Promise<void> {
  const app = application(linkspan)
  const web = express()
  web.get('/chat/:room', upgrade(app))
  const server = createServer(web)
  attach(server, web)
  await prove(await listening(server))
  await app.drain()
  server.close()
}

void main()
