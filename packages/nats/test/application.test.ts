import { type Linkspan, linkspan } from '@linkspan/core'
import { natsBroker } from '@linkspan/nats'
import { memoryHost, type Peer } from '@linkspan/testing'
import { connect } from '@nats-io/transport-node'
import { afterEach, expect, it } from 'vitest'
import { ownNats } from './nats-server.js'

const soon = { timeout: 8_000, interval: 5 }
const server = ownNats()
const apps: Linkspan<unknown>[] = []
afterEach(() => Promise.all(apps.splice(0).map((app) => app.drain({ grace: 100 }))))

/** A node of a chat: who is connected to it is in the lobby. */
async function start(
  node: string,
): Promise<{ app: Linkspan<unknown>; told: string[]; visit(): Promise<Peer> }> {
  const told: string[] = []
  const broker = natsBroker(() =>
    connect({ port: server().port, maxReconnectAttempts: -1, reconnectTimeWait: 20, reconnectJitter: 20 }),
  )
  const app = linkspan({ broker, cluster: { node } })
    .on('open', (conn) => conn.join('lobby'))
    .on('broker', ({ status }) => told.push(status))
    .on('gap', () => told.push('gap'))
    .on('error', () => {})
    .message((conn, message) => {
      conn.to('lobby').send(message)
    })
  apps.push(app)
  await expect.poll(() => told, soon).toEqual(['up'])
  const host = await memoryHost(app)
  const visit = async (): Promise<Peer> => {
    const answer = await host.connect({ headers: { origin: undefined } }).answer
    if (!answer.upgraded) throw new Error(`refused: ${answer.status}`)
    await app.ready()
    return answer.peer
  }
  return { app, told, visit }
}

it('carries a chat between nodes, and goes on after the server was killed, with a gap told to both', async () => {
  const nodes = [await start('one'), await start('two')] as const
  const [one, two] = nodes
  const [ada, bob] = [await one.visit(), await two.visit()]
  ada.send('hello')
  expect(await bob.next()).toBe('hello')
  await server().kill()
  await expect.poll(() => nodes.map(({ told }) => told.at(-1)), soon).toEqual(['down', 'down'])
  expect(nodes.map(({ app }) => app.brokerStatus)).toEqual(['down', 'down'])
  await server().run()
  await expect.poll(() => nodes.map(({ app }) => app.brokerStatus), soon).toEqual(['up', 'up'])
  await Promise.all(nodes.map(({ app }) => app.ready()))
  // What the other published before this one was back may be told as well.
  for (const { told } of nodes) expect(told).toContain('gap')
  bob.send('back again')
  expect(await ada.next()).toBe('back again')
  await Promise.all(apps.splice(0).map((app) => app.drain({ grace: 100 })))
  await expect.poll(() => server().clients(), soon).toBe(0)
})
