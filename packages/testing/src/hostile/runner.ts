import assert from 'node:assert/strict'
import type { Linkspan } from '@linkspan/core'
import type { Behaviour, Stage } from '../behaviour.js'
import { LogBook } from '../conformance/log-book.js'
import type { HostFactory, Supports, TestHost } from '../host.js'
import type { SocketTarget } from '../socket-attempt.js'
import { perform } from '../stage.js'
import { within } from '../until.js'
import type { HostileCase } from './case.js'
import { check, checkLog, passBy, WELCOME } from './check.js'
import { RawClient } from './raw-client.js'
import { Scene, WELL_BEHAVED } from './scene.js'

/** Runs one case on a server of its own; afterwards nothing of it may be left. */
export async function attack(hostile: HostileCase, factory: HostFactory, supports: Supports): Promise<void> {
  const clients: RawClient[] = []
  let target: SocketTarget | undefined
  const watched: HostFactory = async (app) => {
    const host = await factory(app)
    target = host.listensAt
    return { ...host, close: () => closed(host, clients) }
  }
  const dial = (): RawClient => {
    assert.ok(target !== undefined, 'the host does not say where it listens')
    const client = new RawClient(target)
    clients.push(client)
    return client
  }
  await perform(behaviourOf(hostile, dial), watched, supports)
}

async function closed(host: TestHost, clients: readonly RawClient[]): Promise<void> {
  for (const client of clients) client.reset()
  await host.close()
}

function behaviourOf(hostile: HostileCase, dial: () => RawClient): Behaviour {
  return {
    name: hostile.name,
    run: async (stage) => {
      const { expect } = hostile
      const outcome = typeof expect === 'function' ? expect(stage.supports) : expect
      const scene = await sceneOf(hostile, stage, dial)
      for (const step of hostile.send) {
        if (typeof step === 'function') await step(scene)
        else scene.client.write(step)
      }
      await check(scene, outcome)
      await afterwards(scene, hostile.afterwards ?? 'echo')
      checkLog(scene)
    },
  }
}

async function sceneOf(
  { app: setup = {} }: HostileCase,
  stage: Stage,
  dial: () => RawClient,
): Promise<Scene> {
  const book = new LogBook()
  // Every line counts: however many clients there are, each has its own.
  const app = stage.app({ ...setup.options, logger: book, log: { perSecond: Infinity } })
  const scene = new Scene(stage, app, book)
  const middleware = setup.middleware?.(scene)
  const handler = setup.handler?.(scene)
  if (middleware !== undefined) {
    app.use((conn, next) => (conn.request.path === WELL_BEHAVED ? next() : middleware(conn, next)))
  }
  app.message((conn, message, next) => {
    if (conn.request.path !== WELL_BEHAVED) {
      scene.handled.push(message.kind === 'text' ? message.text() : Uint8Array.from(message.bytes()))
      if (handler !== undefined) return handler(conn, message, next)
    }
    conn.send(message)
  })
  scene.served = await stage.serve(app as unknown as Linkspan<unknown>)
  scene.dial = dial
  scene.client = dial()
  await within(scene.client.connected, 'the client is connected')
  return scene
}

async function afterwards(scene: Scene, expected: 'echo' | number): Promise<void> {
  if (expected === 'echo') return await passBy(scene)
  const answer = await scene.served.answer({ path: WELL_BEHAVED, headers: WELCOME })
  assert.equal(answer.upgraded ? 101 : answer.status, expected)
}
