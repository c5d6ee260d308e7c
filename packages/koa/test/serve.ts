import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Linkspan } from '@linkspan/core'
import { attach, type KoaApplication, upgrade } from '@linkspan/koa'
import { type Answer, type Refused, socketHost, type TestHost, type Upgraded } from '@linkspan/testing'
import Koa from 'koa'
import { onTestFinished } from 'vitest'

/** The server of a Koa application. */
export function serverOf(koa: KoaApplication): Server {
  const handle = koa.callback()
  return createServer((req, res) => void handle(req, res))
}

/** Clients that speak by hand, for a server on 127.0.0.1. */
export async function listening(server: Server): Promise<TestHost> {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return socketHost({
    connect: { port, host: '127.0.0.1' },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  })
}

/** Serves an application at every path, for a suite. */
export function serving(app: Linkspan<unknown>): Promise<TestHost> {
  const koa = new Koa().use(upgrade(app))
  const server = serverOf(koa)
  attach(server, koa)
  return listening(server)
}

/** The same as `listening`, until the test has ended. */
export async function serve(server: Server): Promise<TestHost> {
  const host = await listening(server)
  onTestFinished(() => host.close())
  return host
}

export function upgraded(answer: Answer): Upgraded {
  if (answer.upgraded) return answer
  throw new Error(`the client was refused: ${answer.status} ${answer.body}`)
}

export function refused(answer: Answer): Refused {
  if (!answer.upgraded) return answer
  throw new Error('the client was let in')
}
