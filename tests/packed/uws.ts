import { linkspan } from '@linkspan/core'
import { attach } from '@linkspan/uws'
import { application, prove } from './prove.js'

async function main(): Promise<void> {
  const { default: uWS } = await import('uWebSockets.js')
  const app = application(linkspan)
  const uws = uWS.App()
  attach(uws, app, { path: '/chat/:room' })
  const socket = await new Promise<Parameters<typeof uWS.us_socket_local_port>[0] | false>((resolve) => {
    uws.listen('127.0.0.1', 0, resolve)
  })
  if (socket === false) throw new Error('nothing can listen')
  await prove(uWS.us_socket_local_port(socket))
  await app.drain()
  uws.close()
}

// The native server's binaries want certain versions of Node and of the C library: see scripts/packed.ts.
import('uWebSockets.js').then(main, (error: unknown) => {
  console.log(`skipped: uWebSockets.js does not load here: ${String(error)}`)
})
