// What `attach` answers, on every transport that has one.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Linkspan, linkspan } from '@linkspan/core'
import * as onExpress from '@linkspan/express'
import * as onKoa from '@linkspan/koa'
import { Recorder, socketHost, type TestHost, type Upgraded } from '@linkspan/testing'
import * as onUws from '@linkspan/uws'
import * as onWs from '@linkspan/ws'
import express from 'express'
import Koa from 'koa'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { missing } from '../packages/uws/test/load.js'
import { closeServers, listening } from '../packages/uws/test/server.js'

/** A server that applications can be put on while it runs. */
interface Place {
  readonly host: TestHost
  attach(app: Linkspan<unknown>, path: string): onWs.Attachment
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  ws: () => onNode((server, app, path) => onWs.attach(server, app, { path })),

  express: () =>
    onNode((server, app, path) => {
      const web = express().get(path, onExpress.upgrade(app))
      return onExpress.attach(server, web, { path })
    }),

  koa: () => onNode((server, app, path) => onKoa.attach(server, new Koa().use(onKoa.upgrade(app)), { path })),

  uws: async () => {
    const { uws, host } = await listening(() => {})
    return { host, attach: (app, path) => onUws.attach(uws, app, { path }) }
  },
}

async function onNode(
  attach: (server: Server, app: Linkspan<unknown>, path: string) => onWs.Attachment,
): Promise<Place> {
  // Without a listener of ours an upgrade is an ordinary request.
  const server = createServer((_req, res) => res.writeHead(404, { connection: 'close' }).end('a page'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const host = socketHost({
    connect: { port, host: '127.0.0.1' },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  })
  onTestFinished(() => host.close())
  return { host, attach: (app, path) => attach(server, app, path) }
}

/** An application that answers each message with its name. */
function named(name: string): Linkspan<{}> {
  return linkspan().message((conn) => void conn.send(name))
}

async function enter({ host }: Place, path: string): Promise<Upgraded['peer']> {
  const answer = await host.connect({ path }).answer
  if (answer.upgraded) return answer.peer
  throw new Error(`the client was refused: ${answer.status} ${answer.body}`)
}

async function statusAt({ host }: Place, path: string): Promise<number> {
  const answer = await host.connect({ path }).answer
  return answer.upgraded ? 101 : answer.status
}

async function told(peer: Upgraded['peer']): Promise<string> {
  peer.send('who are you?')
  return String(await peer.next())
}

afterEach(closeServers)

describe.each(Object.entries(places))('an attachment of @linkspan/%s', (transport, place) => {
  beforeEach((context) => {
    if (transport === 'uws' && missing !== undefined) context.skip(missing)
  })

  it('that is detached sends an application nothing more; its connections and other routes stay', async () => {
    const at = await place()
    const chat = at.attach(named('chat'), '/chat')
    const feed = at.attach(named('feed'), '/feed')
    const peer = await enter(at, '/chat')
    chat.detach()
    chat.detach()
    expect(await statusAt(at, '/chat')).toBe(404)
    expect(await told(await enter(at, '/feed'))).toBe('feed')
    expect(await told(peer)).toBe('chat')
    feed.detach()
    expect(await statusAt(at, '/feed')).toBe(404)
  })

  it('leaves its path to another one, that is there already or comes after it', async () => {
    const at = await place()
    const chat = at.attach(named('chat'), '/chat')
    const rest = at.attach(named('rest'), '/:any')
    expect(await told(await enter(at, '/chat'))).toBe('chat')
    chat.detach()
    expect(await told(await enter(at, '/chat'))).toBe('rest')
    rest.detach()
    at.attach(named('new'), '/chat')
    expect(await told(await enter(at, '/chat'))).toBe('new')
  })

  it('leaves a handshake under way to its application', async () => {
    const at = await place()
    let admit = (): void => {}
    const admitted = new Promise<void>((resolve) => {
      admit = resolve
    })
    const app = named('chat')
    const arrived = new Promise<void>((resolve) => {
      app.use(async (_conn, next) => {
        resolve()
        await admitted
        return next()
      })
    })
    const chat = at.attach(app, '/chat')
    const entered = enter(at, '/chat')
    await arrived
    chat.detach()
    admit()
    expect(await told(await entered)).toBe('chat')
  })

  it('that is disposed of drains its application: 1012, and every release has run', async () => {
    const at = await place()
    const released: string[] = []
    const app = named('chat').use((conn, next) => {
      conn.defer(() => void released.push(conn.id))
      return next()
    })
    const record = new Recorder(app)
    const peers = await (async () => {
      await using _chat = at.attach(app, '/chat')
      return await Promise.all([enter(at, '/chat'), enter(at, '/chat')])
    })()
    expect(record.of('close')).toHaveLength(2)
    expect(released).toHaveLength(2)
    expect(await statusAt(at, '/chat')).toBe(404)
    for (const { closed } of peers) expect(await closed).toEqual({ code: 1012, reason: 'restarting' })
  })

  it('that is disposed of only detaches an application that another one still serves', async () => {
    const at = await place()
    const app = named('chat')
    const here = at.attach(app, '/here')
    const there = at.attach(app, '/there')
    const peer = await enter(at, '/here')
    const other = await enter(at, '/there')
    await here[Symbol.asyncDispose]()
    expect(app.draining).toBe(false)
    expect(await statusAt(at, '/here')).toBe(404)
    expect(await told(peer)).toBe('chat')
    await there[Symbol.asyncDispose]()
    expect(app.draining).toBe(true)
    expect((await peer.closed).code).toBe(1012)
    expect((await other.closed).code).toBe(1012)
  })

  it('that was detached before is still disposed of, and one that nobody reached at once', async () => {
    const at = await place()
    const chat = at.attach(named('chat'), '/chat')
    const peer = await enter(at, '/chat')
    chat.detach()
    await chat[Symbol.asyncDispose]()
    expect((await peer.closed).code).toBe(1012)
    await at.attach(named('feed'), '/feed')[Symbol.asyncDispose]()
    expect(await statusAt(at, '/feed')).toBe(404)
  })
})

describe('attachments of several transports', () => {
  it('know of each other: an application is drained with the last of them', async (context) => {
    if (missing !== undefined) context.skip(missing)
    const [onNodes, onUwss] = await Promise.all([places['ws']?.(), places['uws']?.()])
    if (onNodes === undefined || onUwss === undefined) throw new Error('there are both')
    const app = named('chat')
    const one = onNodes.attach(app, '/chat')
    const other = onUwss.attach(app, '/chat')
    const peer = await enter(onUwss, '/chat')
    await one[Symbol.asyncDispose]()
    expect(await told(peer)).toBe('chat')
    await other[Symbol.asyncDispose]()
    expect((await peer.closed).code).toBe(1012)
  })
})
