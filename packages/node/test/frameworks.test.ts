import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { linkspan } from '@linkspan/core'
import { type Closable, health, type Probe, shutdown } from '@linkspan/node'
import { expect, it, onTestFinished } from 'vitest'
import { missing, uWS } from '../../uws/test/load.js'

/** A server of a framework that answers its readiness, and where it listens. */
interface Served {
  readonly server: Closable
  readonly port: number
}

/** The frameworks are the adapters', not this package's. */
const load = (adapter: string): unknown =>
  createRequire(new URL(`../../${adapter}/package.json`, import.meta.url))(adapter)

type Get = (path: string, handler: unknown) => unknown
type FastifyApp = Closable & { readonly get: Get; readonly listen: (where: object) => Promise<string> }

async function listening(listener: RequestListener): Promise<Served> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

const frameworks: Readonly<Record<string, (probe: Probe) => Promise<Served>>> = {
  'node:http': ({ http }) => listening(http),

  express: ({ http }) => {
    const web = (load('express') as () => RequestListener & { readonly get: Get })()
    web.get('/ready', http)
    return listening(web)
  },

  koa: (probe) => {
    const Koa = load('koa') as new () => { use(middleware: unknown): { callback(): RequestListener } }
    return listening(new Koa().use(probe.koa).callback())
  },

  fastify: async (probe) => {
    const server = (load('fastify') as () => FastifyApp)()
    server.get('/ready', probe.fastify)
    const address = await server.listen({ port: 0, host: '127.0.0.1' })
    return { server, port: Number(new URL(address).port) }
  },

  'uWebSockets.js': (probe) => {
    const { App, us_socket_local_port } = uWS()
    const server = App().get('/ready', probe.uws)
    return new Promise((resolve, reject) => {
      server.listen('127.0.0.1', 0, (socket) => {
        if (socket) resolve({ server, port: us_socket_local_port(socket) })
        else reject(new Error('nothing can listen on 127.0.0.1'))
      })
    })
  },
}

it.for(Object.keys(frameworks))('%s answers probes, and is closed by a shutdown', async (name, context) => {
  if (name === 'uWebSockets.js' && missing !== undefined) context.skip(missing)
  let up = true
  const { readiness } = health({ apps: [linkspan()], checks: { store: () => up }, cache: 0 })
  const served = await frameworks[name]?.(readiness)
  if (served === undefined) throw new Error(`there is no ${name}`)
  const stopping = shutdown({ servers: [served.server], signals: [] })
  onTestFinished(async () => void (await stopping.begin()))
  const ask = () => fetch(`http://127.0.0.1:${served.port}/ready`)

  const fine = await ask()
  expect([fine.status, await fine.json()]).toEqual([200, { status: 'ok', failing: [] }])
  up = false
  const failing = await ask()
  expect(failing.status).toBe(503)
  expect(failing.headers.get('content-type')).toMatch(/^application\/json(; charset=utf-8)?$/)
  expect(failing.headers.get('cache-control')).toBe('no-store')
  expect(await failing.text()).toBe('{"status":"unavailable","failing":["store"]}')

  expect(await stopping.begin()).toMatchObject({ clean: true, steps: [{ name: 'server', outcome: 'done' }] })
  await expect(ask()).rejects.toThrow()
})
