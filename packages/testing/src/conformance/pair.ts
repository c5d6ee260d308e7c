import type { Connection, Linkspan } from '@linkspan/core'
import type { Served, Stage } from '../behaviour.js'
import type { ConnectOptions, Peer } from '../peer.js'

/** A connection from both of its sides. */
export interface Pair {
  readonly conn: Connection<unknown>
  readonly peer: Peer
}

/** Connects one client, and waits until the server has it as active too. */
export async function pair(
  app: Linkspan<unknown>,
  served: Served,
  options: ConnectOptions = {},
): Promise<Pair> {
  const opened = new Promise<Connection<unknown>>((resolve) => {
    const listener = (conn: Connection<unknown>): void => {
      app.off('open', listener)
      resolve(conn)
    }
    app.on('open', listener)
  })
  const peer = await served.connect(options)
  return { peer, conn: await opened }
}

/** Connects several clients, one after the other. */
export async function pairs(app: Linkspan<unknown>, served: Served, count: number): Promise<Pair[]> {
  const all: Pair[] = []
  for (let i = 0; i < count; i += 1) all.push(await pair(app, served))
  return all
}

/** Serves an application, and connects one client. */
export async function meet(
  stage: Stage,
  app: Linkspan<unknown>,
  options: ConnectOptions = {},
): Promise<Pair> {
  return pair(app, await stage.serve(app), options)
}
