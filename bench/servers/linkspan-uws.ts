import uWS from 'uWebSockets.js'
import { attach } from '@linkspan/uws'
import { application } from './application.js'
import { HOST, served } from './served.js'

const app = application()
const uws = uWS.App()
attach(uws, app, { path: '/' })
uws.listen(HOST, 0, (socket) => {
  if (socket === false) process.exit(1)
  served({ port: uWS.us_socket_local_port(socket), drain: () => void app.drain({ grace: 5_000 }) })
})
