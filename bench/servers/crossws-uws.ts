import uWS from 'uWebSockets.js'
import crossws from 'crossws/adapters/uws'
import { hooks } from './crossws-hooks.js'
import { HOST, served } from './served.js'

const { websocket } = crossws({ hooks, uws: { compression: 0 } })
uWS
  .App()
  .ws('/*', websocket)
  .listen(HOST, 0, (socket) => {
    if (socket === false) process.exit(1)
    served({ port: uWS.us_socket_local_port(socket) })
  })
