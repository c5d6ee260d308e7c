import { createServer, type RequestListener, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { type Linkspan, linkspan } from '@linkspan/core'
import { memoryStore, session } from '@linkspan/session'
import { socketHost } from '@linkspan/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { attach as attachExpress, upgrade as onExpress } from '../../express/src/index.js'
import fastifyPlugin, { upgrade as onFastify } from '../../fastify/src/index.js'
import { attach as attachKoa, upgrade as onKoa } from '../../koa/src/index.js'

/** A framework as its adapter's tests have it, of which only the little that is used here is known. */
function framework<Made>(name: 'express' | 'fastify' | 'koa'): Made {
  return createRequire(new URL(`../../${name}/package.json`, import.meta.url))(name) as Made
}

interface Koa {
  use(middleware: unknown): Koa
  callback(): RequestListener
}

interface Express extends RequestListener {
  use(
    handler: (req: unknown, res: { setHeader(name: string, value: string): void }, next: () => void) => void,
  ): void
  get(path: string, handler: unknown): void
}

interface Fastify {
  readonly server: Server
  register(plugin: unknown): void
  addHook(
    name: 'onRequest',
    hook: (request: unknown, reply: { header(name: string, value: string): void }) => Promise<void>,
  ): void
  get(path: string, handler: unknown): void
  listen(where: { port: number; host: string }): Promise<string>
  close(): Promise<void>
}

const servers: Readonly<Record<string, (app: Linkspan<unknown>) => Promise<Server>>> = {
  async express(app) {
    const web = framework<() => Express>('express')()
    web.use((_req, res, next) => {
      res.setHeader('set-cookie', 'own=1; Path=/')
      next()
    })
    web.get('/chat', onExpress(app))
    const server = createServer(web)
    attachExpress(server, web as never)
    return server
  },
  async koa(app) {
    const koa = new (framework<new () => Koa>('koa'))()
    koa.use((ctx: { set(name: string, value: string): void }, next: () => Promise<void>) => {
      ctx.set('set-cookie', 'own=1; Path=/')
      return next()
    })
    koa.use(onKoa(app))
    const server = createServer(koa.callback())
    attachKoa(server, koa as never)
    return server
  },
  async fastify(app) {
    const fastify = framework<() => Fastify>('fastify')()
    fastify.register(fastifyPlugin)
    fastify.addHook('onRequest', async (_request, reply) => {
      reply.header('set-cookie', 'own=1; Path=/')
    })
    fastify.get('/chat', onFastify(app))
    await fastify.listen({ port: 0, host: '127.0.0.1' })
    return fastify.server
  },
}

describe.each(Object.entries(servers))('a session on %s', (_name, serverOf) => {
  it.each([
    ['101', 101],
    ['refusal', 401],
  ])("sets its cookie beside the framework's own, on the %s", async (_what, status) => {
    const app = linkspan().use(session({ store: memoryStore() }))
    if (status !== 101) app.use(async (conn) => conn.reject({ status }))
    const server = await serverOf(app as unknown as Linkspan<unknown>)
    if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const host = socketHost({
      connect: { port, host: '127.0.0.1' },
      close: () => new Promise((resolve) => server.close(() => resolve())),
    })
    onTestFinished(() => host.close())
    const answer = await host.connect({ path: '/chat' }).answer
    expect(answer.upgraded ? 101 : answer.status).toBe(status)
    const names = answer.headers['set-cookie']?.split('\n').map((line) => line.split('=')[0])
    expect(names?.sort()).toEqual(['__Host-linkspan.sid', 'own'])
  })
})
