// One node of an application, as a process of its own: NODE is its name, ENGINE what carries to the others, ADDRESS where
// that is. What it observes it tells the program that started it, when it happens.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Connection, linkspan } from '@linkspan/core'
import { upgrade } from '@linkspan/ws'
import { answering, say } from '../answering.js'
import { type Address, brokers } from './brokers.js'
import { isEngine } from './engine-names.js'
import { Guests } from './guests.js'
import type { Told } from './history.js'
import { ROOMS, SCOPES } from './rooms.js'
import { BEAT, GRACE, LEASE, TIMEOUT } from './times.js'

/** What was told, before it has its time. */
type Untimed = Told extends infer One ? (One extends Told ? Omit<One, 'at'> : never) : never

const { NODE = '', ENGINE = '', ADDRESS = '{}' } = process.env
if (!isEngine(ENGINE)) throw new Error(`ENGINE=${ENGINE} is none of ours`)
const way = await brokers[ENGINE](JSON.parse(ADDRESS) as Address)

const server = createServer()
server.listen(0, '127.0.0.1')
await once(server, 'listening')
say({ port: (server.address() as AddressInfo).port })

const guests = new Guests((room) => tell({ told: 'wasted', ...room }))
const app = linkspan({
  name: 'fleet',
  origin: '*',
  broker: guests.watching(way.broker),
  cluster: { node: NODE, beat: BEAT, lease: LEASE, interestGrace: GRACE, timeout: TIMEOUT },
  scope: scopeOf,
})
app.use((conn, next) => {
  conn.authenticate({ subject: conn.request.headers['x-name'] ?? '' })
  return next()
})
app.message((conn, message) => {
  const [verb, room = '', number = ''] = message.text().split(' ')
  const scope = scopeOf(conn)
  if (verb === 'join') {
    conn.join(room)
    guests.came(conn.id, scope, room)
    app.scope(scope).presence(room).track(conn, { at: NODE })
    conn.send(`joined ${room}`)
    void app.ready().then(() => conn.send(`hearing ${room}`))
  } else if (verb === 'leave') {
    conn.leave(room)
    guests.left(conn.id, scope, room)
    conn.send(`left ${room}`)
  } else {
    const at = Date.now()
    const from = conn.request.headers['x-name'] ?? ''
    const answer = conn.to(room).send(`word ${scope} ${room} ${from} ${number}`)
    conn.send(`said ${number} ${at} ${answer}`)
  }
})
app.on('close', (conn) => guests.gone(conn.id))
app.on('gap', ({ topic, scope, node, missed }) => tell({ told: 'gap', topic, scope, node, missed }))
app.on('broker', ({ status }) => tell({ told: 'broker', status }))
app.on('node', ({ node, joined }) => tell({ told: 'node', node, joined }))
app.on('error', ({ code, message }) => tell({ told: 'error', code, message }))
// Joins and leaves come in turn. That somebody listens also makes every list complete.
for (const scope of SCOPES) {
  for (const room of ROOMS) {
    const present = new Set<string>()
    const twice = (what: string): void =>
      tell({ told: 'presence', problem: `${what} a second time in '${room}' of ${scope}` })
    app
      .scope(scope)
      .presence(room)
      .on('join', ({ subject }) => {
        if (present.has(subject)) twice(`${subject} joined`)
        present.add(subject)
      })
      .on('leave', ({ subject }) => {
        if (!present.delete(subject)) twice(`${subject} left`)
      })
  }
}
server.on('upgrade', upgrade(app))

answering({
  ready: () => app.ready(),
  stats: () => app.stats(),
  nodes: async () => (await app.cluster({ timeout: LEASE })).results.map(({ node }) => node),
  /** Whom this node has in its presence: names, by `scope room`. */
  presence: () =>
    Object.fromEntries(
      SCOPES.flatMap((scope) => ROOMS.map((room) => [`${scope} ${room}`, membersOf(scope, room)] as const)),
    ),
  /** How many connections of another node it still has there. */
  ghosts: (node) =>
    SCOPES.flatMap((scope) => ROOMS.flatMap((room) => app.scope(scope).presence(room).list()))
      .flatMap(({ connections }) => connections)
      .filter((connection) => connection.node === node).length,
  /** Something to everybody in a room, from the server. */
  say: (about) => {
    const { scope, room, number } = about as { scope: string; room: string; number: number }
    const at = Date.now()
    return { at, answer: app.scope(scope).to(room).send(`word ${scope} ${room} ${NODE} ${number}`) }
  },
  end: async () => {
    const report = await app.drain({ grace: 1_000 })
    await new Promise((resolve) => server.close(resolve))
    way.close()
    return report
  },
})

function scopeOf(conn: Connection<unknown>): string {
  return conn.request.headers['x-scope'] ?? ''
}

function membersOf(scope: string, room: string): string[] {
  return app
    .scope(scope)
    .presence(room)
    .list()
    .map(({ subject }) => subject)
}

function tell(told: Untimed): void {
  say({ told: { at: Date.now(), ...told } })
}
