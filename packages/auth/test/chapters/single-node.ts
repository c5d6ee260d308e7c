import type { Authenticated, Linkspan } from '@linkspan/core'
import type { Attempt, Recorder, Served, Stage } from '@linkspan/testing'
import { type Single, type SingleOptions, single } from '../../src/index.js'
import type { Fleet, FleetNode } from './fleet.js'
import { whoAmI } from './support.js'
import { asking, tokensOf } from './tokens.js'

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

/** A handshake that waits behind `single`. */
export interface Waiting {
  readonly attempt: Attempt
  /** Lets it in, or refuses it with a status. */
  go(status?: number): void
}

interface Node {
  readonly app: Linkspan<{}>
  readonly one: Single<Authenticated>
  readonly served: Served
  readonly record: Recorder
  /** Begins a handshake that waits, and resolves when it does. */
  begin(path: string): Promise<Waiting>
}

/** An application behind `jwt` and `single`. A handshake at a path of its own waits behind them, until it is let go. */
export async function node(
  stage: Stage,
  options: SingleOptions<Authenticated> = {},
  app: Linkspan<{}> = stage.app({ heartbeat: false }),
): Promise<Node> {
  const one = single({ clock: stage.clock, logger: SILENT, ...options })
  const gates = new Map<string, (status: number | undefined) => void>()
  app
    .use(tokensOf(stage))
    .use(one)
    .use(async (conn, next) => {
      const { path } = conn.request
      if (path === '/') return next()
      const status = await new Promise<number | undefined>((resolve) => gates.set(path, resolve))
      return status === undefined ? next() : conn.reject({ status })
    })
  const served = await stage.serve(whoAmI(app))
  const begin = async (path: string): Promise<Waiting> => {
    const attempt = served.attempt({ ...(await asking()), path })
    await stage.until(() => gates.has(path), `${path} is under way`)
    return { attempt, go: (status) => gates.get(path)?.(status) }
  }
  return { app, one, served, begin, record: stage.record(app) }
}

type InFleet = Node & FleetNode

/** Two nodes of one application. */
export async function pair(
  stage: Stage,
  fleet: Fleet,
  options: SingleOptions<Authenticated> = {},
): Promise<{ readonly here: InFleet; readonly there: InFleet }> {
  const one = async (): Promise<InFleet> => {
    const started = await fleet.start()
    return { ...started, ...(await node(stage, { ...options, bus: started.app.bus('claims') }, started.app)) }
  }
  return { here: await one(), there: await one() }
}
