import linkspan, { upgrade } from '@linkspan/fastify'
import { fastify } from 'fastify'
import { chat } from '../src/app.js'
import { page } from './shared/page.js'
import { run } from './shared/run.js'

const app = chat()

const web = fastify()
await web.register(linkspan)
web.get('/chat/:room', upgrade(app))
web.get('/*', (request, reply) => {
  const { status, headers, body } = page(request.url)
  return reply.code(status).headers(headers).send(body)
})

await run('Fastify', app, {
  start: async (where) => Number(new URL(await web.listen(where)).port),
  stop: () => web.close(),
})
