import { createServer } from 'node:http'
import { FULL_SUPPORT, type HostFactory, MEMORY_SUPPORT, memoryHost, type Supports } from '@linkspan/testing'
import { upgrade } from '@linkspan/ws'
import { serving as onExpress } from '../packages/express/test/serve.js'
import { serving as onFastify } from '../packages/fastify/test/serve.js'
import { serving as onKoa } from '../packages/koa/test/serve.js'
import { missing } from '../packages/uws/test/load.js'
import { serving as onUws } from '../packages/uws/test/server.js'
import { UWS_SUPPORT } from '../packages/uws/test/support.js'
import { listening } from '../packages/ws/test/serve.js'

/** A transport that an application can be put on in a test. */
export interface Host {
  readonly name: string
  readonly factory: HostFactory
  readonly supports: Supports
  /** Why it cannot be used on this machine. */
  readonly missing: string | undefined
}

/** Every transport there is, for whatever has to be the same on all of them. */
export const hosts: readonly Host[] = [
  { name: 'memory', factory: memoryHost, supports: MEMORY_SUPPORT, missing: undefined },
  {
    name: '@linkspan/ws',
    factory: (app) => listening(createServer().on('upgrade', upgrade(app))),
    supports: FULL_SUPPORT,
    missing: undefined,
  },
  { name: '@linkspan/express', factory: onExpress, supports: FULL_SUPPORT, missing: undefined },
  { name: '@linkspan/koa', factory: onKoa, supports: FULL_SUPPORT, missing: undefined },
  { name: '@linkspan/fastify', factory: onFastify, supports: FULL_SUPPORT, missing: undefined },
  { name: '@linkspan/uws', factory: async (app) => (await onUws(app)).host, supports: UWS_SUPPORT, missing },
]
