import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type LinkspanOptions, systemClock } from '@linkspan/core'
import { attach } from '@linkspan/ws'
import type { Accounts } from './accounts.js'
import { secureChat } from './app.js'
import { Sessions } from './sessions.js'
import { site } from './site.js'

/** The whole server: the page, the log-in and the WebSocket, on one port of 127.0.0.1. Port 0 is any. */
export async function serve(
  accounts: Accounts,
  secret: Uint8Array,
  { port = 0, ...options }: LinkspanOptions & { readonly port?: number } = {},
) {
  const sessions = new Sessions(accounts, secret, options.clock ?? systemClock)
  const { app, revocations } = secureChat(secret, options)
  const handle = site(sessions, revocations)
  const server = createServer((req, res) => void handle(req, res))
  attach(server, app, { path: '/chat' })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    app,
    sessions,
    revocations,
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async stop(): Promise<void> {
      await app.drain({ grace: 2_000 })
      revocations.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
