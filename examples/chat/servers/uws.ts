import uWS from 'uWebSockets.js'
import { attach } from '@linkspan/uws'
import { chat } from '../src/app.js'
import { page } from './shared/page.js'
import { run } from './shared/run.js'

const app = chat()

const web = uWS.App()
attach(web, app, { path: '/chat/:room' })
web.get('/*', (response, request) => {
  const { status, headers, body } = page(request.getUrl())
  response.writeStatus(`${status}`)
  for (const [name, value] of Object.entries(headers)) response.writeHeader(name, value)
  response.end(body)
})

await run('uWebSockets.js', app, {
  start: ({ host, port }) =>
    new Promise((resolve, reject) => {
      web.listen(host, port, (socket) =>
        socket ? resolve(uWS.us_socket_local_port(socket)) : reject(new Error('the port is in use')),
      )
    }),
  stop: () => web.close(),
})
