import { type Authenticated, type Connection, type Identity, type Linkspan, linkspan } from '@linkspan/core'
import { memoryHost, type Peer, VirtualClock } from '@linkspan/testing'
import { onTestFinished } from 'vitest'

const nothing = (): void => {}
/** A logger that says nothing. */
export const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** An application that takes everybody for whom they say they are: `enter` is a client of it. */
export interface Known {
  readonly app: Linkspan<Authenticated>
  readonly clock: VirtualClock
  enter(identity?: Identity): Promise<{ readonly conn: Connection<Authenticated>; readonly peer: Peer }>
}

/** Serves such an application in memory, until the test has ended. */
export async function known(clock: VirtualClock = new VirtualClock()): Promise<Known> {
  const waiting: Identity[] = []
  const app = linkspan({ origin: '*', heartbeat: false, logger: SILENT, clock }).use((conn, next) => {
    conn.authenticate(waiting.shift() ?? { subject: 'ada' })
    return next<Authenticated>()
  })
  const host = await memoryHost(app as unknown as Linkspan<unknown>)
  onTestFinished(() => host.close())
  const enter: Known['enter'] = async (identity = { subject: 'ada' }) => {
    waiting.push(identity)
    const opened = new Promise<Connection<Authenticated>>((resolve) => {
      const listener = (conn: Connection<Authenticated>): void => {
        app.off('open', listener)
        resolve(conn)
      }
      app.on('open', listener)
    })
    const answer = await host.connect().answer
    if (!answer.upgraded) throw new Error(`the client was refused: ${answer.status} ${answer.body}`)
    return { conn: await opened, peer: answer.peer }
  }
  return { app, clock, enter }
}
