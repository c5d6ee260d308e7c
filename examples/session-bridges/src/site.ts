import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that runs. */
export interface Site {
  readonly port: number
  /** Closes the connections, then the server. */
  stop(): Promise<void>
}

/** Signs the cookies. Of this process only: everybody logs in again when it restarts. */
export const COOKIE_SECRET: string = randomBytes(32).toString('hex')

/** Listens on 127.0.0.1; port 0 is any. */
export async function listen(
  server: Server,
  port: number,
  app: { drain(options: { grace: number }): Promise<unknown> },
): Promise<Site> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      await app.drain({ grace: 1_000 })
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
