import { createServer } from 'node:http'
import { attach } from '@linkspan/ws'
import { chat } from '../src/app.js'
import { page } from './shared/page.js'
import { run } from './shared/run.js'

const app = chat()

const server = createServer((request, response) => {
  const { status, headers, body } = page(request.url)
  response.writeHead(status, headers).end(body)
})
attach(server, app, { path: '/chat/:room' })

await run('node:http with ws', app, server)
