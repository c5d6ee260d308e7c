import type { Setup, Telemetry } from './contract.js'

/** Ours on ws without telemetry: as it is, and with an ambient context, which traces want. */
export const UNOBSERVED = 'linkspan-ws-unobserved'
const AMBIENT = 'linkspan-ws-ambient'

/** What others are measured against: a bare transport by what stands on it, ours without telemetry by ours with it. */
export type Bare = 'ws' | 'uws' | typeof UNOBSERVED | typeof AMBIENT

/** One server that takes part. */
export interface Contestant {
  readonly name: string
  /** Its file in `servers/`. */
  readonly file: string
  readonly bare: Bare
  readonly pipeline?: Setup['pipeline']
  readonly telemetry?: readonly Telemetry[]
  /** How its client speaks, where that is more than plain messages. */
  readonly dialect?: Dialect
}

/** What a client has to say and to hear above plain messages. */
export interface Dialect {
  readonly path: string
  /** Messages by which the server lets a client in, and the client's answer to the first. */
  readonly greetings: number
  readonly greeting: string
  readonly wrap: (text: string) => string
}

/** Messages as they are. */
export const PLAIN: Dialect = { path: '/', greetings: 0, greeting: '', wrap: (text) => text }

/** Engine.IO packets over WebSocket: an open packet, Socket.IO's connect both ways, then events. */
const SOCKET_IO: Dialect = {
  path: '/socket.io/?EIO=4&transport=websocket',
  greetings: 2,
  greeting: '40',
  wrap: (text) => `42["m","${text}"]`,
}

function ours(on: string, bare: Bare = 'ws'): Contestant {
  const file = `linkspan-${on}`
  return { name: file, file, bare, pipeline: 'realistic' }
}

function minimal(on: string, bare: Bare): Contestant {
  const file = `linkspan-${on}`
  return { name: `${file}-minimal`, file, bare, pipeline: 'minimal' }
}

/** With `asyncContext()`, and something ambient in it. */
function withContext(on: string, bare: Bare): Contestant {
  const file = `linkspan-${on}`
  return { name: `${file}-context`, file, bare, pipeline: 'context' }
}

function observed(name: string, ...telemetry: readonly Telemetry[]): Contestant {
  const ambient = telemetry.includes('traces')
  return {
    name,
    file: 'linkspan-ws-observed',
    bare: ambient ? AMBIENT : UNOBSERVED,
    pipeline: ambient || name === AMBIENT ? 'context' : 'realistic',
    telemetry,
  }
}

/** The bare transports, what else one would pick, and ours: on each server with a realistic pipeline, on two with none. */
export const CONTESTANTS: readonly Contestant[] = [
  { name: 'ws', file: 'ws', bare: 'ws' },
  { name: 'uws', file: 'uws', bare: 'uws' },
  ours('ws'),
  minimal('ws', 'ws'),
  withContext('ws', 'ws'),
  ours('uws', 'uws'),
  minimal('uws', 'uws'),
  withContext('uws', 'uws'),
  ours('express'),
  ours('fastify'),
  ours('koa'),
  { name: 'crossws-node', file: 'crossws-node', bare: 'ws' },
  { name: 'crossws-uws', file: 'crossws-uws', bare: 'uws' },
  { name: 'fastify-websocket', file: 'fastify-websocket', bare: 'ws' },
  { name: 'express-ws', file: 'express-ws', bare: 'ws' },
  { name: 'koa-websocket', file: 'koa-websocket', bare: 'ws' },
  { name: 'socket.io', file: 'socket-io', bare: 'ws', dialect: SOCKET_IO },
  observed(UNOBSERVED),
  observed('linkspan-ws-unobserved-again'),
  observed('linkspan-ws-metrics', 'metrics'),
  observed('linkspan-ws-recorder', 'recorder'),
  observed(AMBIENT),
  observed('linkspan-ws-traces', 'traces'),
  observed('linkspan-ws-all', 'metrics', 'traces', 'recorder'),
]

/** Ours on ws without telemetry, twice, which shows how exact the rest is; with each kind of it; and with all of it. */
export const OBSERVED: readonly string[] = CONTESTANTS.filter(({ telemetry }) => telemetry !== undefined).map(
  ({ name }) => name,
)

/** Ours with the realistic pipeline on each transport, and the transports themselves. */
export const CORE: readonly string[] = ['ws', 'uws', 'linkspan-ws', 'linkspan-uws']

/** The same, and what else stands on both transports. */
export const COMPARED: readonly string[] = [...CORE, 'crossws-node', 'crossws-uws']

/** The same, and ours with an ambient context. */
export const WITH_CONTEXT: readonly string[] = [...COMPARED, 'linkspan-ws-context', 'linkspan-uws-context']

/** Those of whom the cost of a message is asked: behind a framework's router it is that of the socket under it. */
export const ON_SOCKETS: readonly string[] = [
  ...WITH_CONTEXT,
  'linkspan-ws-minimal',
  'linkspan-uws-minimal',
  'socket.io',
]
