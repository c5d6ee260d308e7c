import type { Bus, Linkspan } from '@linkspan/core'
import type { Recorder, Served, Stage } from '@linkspan/testing'
import {
  type Revocation,
  type RevocationEvent,
  type RevocationOptions,
  type Revocations,
  renewal,
  revocation,
} from '../../src/index.js'
import { type MemoryBus, memoryBus } from '../memory-bus.js'
import type { Fleet, FleetNode } from './fleet.js'
import { tokensOf } from './tokens.js'

/** Milliseconds that a node goes on without its bus. */
export const DEADLINE = 30_000
/** What a client with revoked credentials is told. */
export const REVOKED =
  '{"type":"about:blank","title":"Unauthorized","status":401,"detail":"revoked","code":4001}'

/** One of several nodes. */
interface Node {
  readonly served: Served
  readonly revocations: Revocations
  readonly events: readonly RevocationEvent[]
  readonly record: Recorder
}

/** An application behind `jwt` and `revocation`. */
export async function node<Link extends Bus<Revocation>>(
  stage: Stage,
  bus: Link,
  options: RevocationOptions = {},
  app: Linkspan<{}> = stage.app({ heartbeat: false }),
): Promise<Node & { readonly bus: Link }> {
  const tokens = tokensOf(stage)
  const events: RevocationEvent[] = []
  const revocations = revocation({
    bus,
    deadline: DEADLINE,
    clock: stage.clock,
    onEvent: (event) => events.push(event),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    ...options,
  })
  app
    .use(tokens)
    .use(revocations)
    .message(renewal({ tokens, clock: stage.clock }))
    .message((conn) => {
      conn.send(JSON.stringify(conn.identity))
    })
  const served = await stage.serve(app)
  return { served, revocations, events, bus, record: stage.record(app) }
}

type OnBus = Awaited<ReturnType<typeof node<MemoryBus<Revocation>>>>

/** Two nodes on one bus, which keeps what is published. */
export async function nodes(stage: Stage, options: RevocationOptions = {}): Promise<readonly [OnBus, OnBus]> {
  const bus = memoryBus<Revocation>()
  return [await node(stage, bus, options), await node(stage, bus.link(), options)]
}

type InFleet = Node & FleetNode

/** Two nodes of one application. */
export async function pair(stage: Stage, fleet: Fleet): Promise<readonly [InFleet, InFleet]> {
  const one = async (): Promise<InFleet> => {
    const { app, ...network } = await fleet.start()
    return { app, ...network, ...(await node(stage, app.bus<Revocation>('revocations'), {}, app)) }
  }
  return [await one(), await one()]
}
