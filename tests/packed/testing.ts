import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { linkspan } from '@linkspan/core'
import { behaviours, memoryHost, simulate, socketHost, type TestHost, VirtualClock } from '@linkspan/testing'
import { attach } from '@linkspan/ws'
import { application, listening } from './prove.js'

async function main(): Promise<void> {
  assert(behaviours.length > 0)

  const clock = new VirtualClock()
  await refuses(await memoryHost(application((options) => linkspan({ ...options, clock }))))
  assert.equal(clock.pending, 0)

  const server = createServer()
  const app = application(linkspan)
  attach(server, app, { path: '/chat/:room' })
  const connect = { host: '127.0.0.1', port: await listening(server) }
  const close = async (): Promise<void> => {
    await app.drain()
    server.close()
  }
  await refuses(socketHost({ connect, close }))

  const { violations } = await simulate({
    app: (world) => application(world.linkspan),
    path: '/chat/x?name=Ada',
    seed: 1,
  })
  assert.deepEqual(violations, [])
}

/** Both hosts have the same clients. */
async function refuses(host: TestHost): Promise<void> {
  const refused = await host.connect({ path: '/chat/lobby' }).answer
  assert(!refused.upgraded)
  assert.equal(refused.status, 401)

  const admitted = await host.connect({ path: '/chat/lobby?name=Ada' }).answer
  assert(admitted.upgraded)
  admitted.peer.send('hello')
  assert.match(String(await admitted.peer.next()), /Ada says hello$/)
  admitted.peer.close(1000)
  await admitted.peer.closed
  await host.close()
}

void main()
