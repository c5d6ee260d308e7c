import type { HostileSuite } from '@linkspan/testing'
import { attach } from '@linkspan/uws'
import type { listening as Listening } from './server.js'

/** Who asks for places alone must not load native code for it. */
const listening: typeof Listening = async (...args) => (await import('./server.js')).listening(...args)

const OURS = ['/raw', '/well-behaved']

/** Where an application can be on a server of uWebSockets.js, for the suite of raw bytes. Nothing in it can guard one. */
export const places: NonNullable<HostileSuite['places']> = {
  routed: async (app) => {
    const { host } = await listening((uws) => attach(uws, app, { path: OURS }))
    return host
  },

  'beside another': async (app) => {
    const { host } = await listening((uws) => {
      uws.any('/foreign', (res) => {
        res.writeStatus("418 I'm a Teapot").writeHeader('X-By', 'another').end('', true)
      })
      attach(uws, app, { path: OURS })
    })
    return host
  },
}
