import { LinkspanError, linkspan } from '@linkspan/core'
import type { Peer, TestHost } from '@linkspan/testing'
import { attach } from '@linkspan/uws'
import { afterEach, expect, it } from 'vitest'
import { uWS } from './load.js'
import { needsUws } from './needs-uws.js'
import { ask } from './raw.js'
import { closeServers, listening, serving } from './server.js'

needsUws()
afterEach(closeServers)

/** An application that tells where it was reached. */
function telling(name: string) {
  return linkspan().message((conn) => void conn.send(`${name} ${JSON.stringify(conn.request.params)}`))
}

async function reached(host: TestHost, path: string): Promise<string | number> {
  const answer = await host.connect({ path }).answer
  return answer.upgraded ? told(answer.peer) : answer.status
}

async function told(peer: Peer): Promise<string> {
  peer.send('where am I?')
  return String(await peer.next())
}

it('serves every path unless told otherwise', async () => {
  const { host } = await serving(telling('app'))
  expect(await reached(host, '/')).toBe('app {}')
  expect(await reached(host, '/any/where?v=1')).toBe('app {}')
})

it('names the segments of a pattern, percent-decoded', async () => {
  const { host } = await serving(telling('app'), { path: '/:tenant/chat/:room' })
  expect(await reached(host, '/acme/chat/caf%C3%A9')).toBe('app {"tenant":"acme","room":"café"}')
})

it('serves several patterns, and several applications on one server', async () => {
  const { host } = await listening((uws) => {
    attach(uws, telling('chat'), { path: ['/chat/:room', '/lobby'] })
    attach(uws, telling('feed'), { path: '/feed/:id' })
  })
  expect(await reached(host, '/chat/a')).toBe('chat {"room":"a"}')
  expect(await reached(host, '/lobby')).toBe('chat {}')
  expect(await reached(host, '/feed/7')).toBe('feed {"id":"7"}')
})

it.each(['/chat', '/chat/', '/chat/a/', '/chat/a/b', '/other'])(
  'has nothing at %s for /chat/:room',
  async (path) => {
    const { host } = await serving(telling('app'), { path: '/chat/:room' })
    expect(await reached(host, path)).toBe(404)
  },
)

it("leaves the server's other routes alone, also at the same path", async () => {
  const { port, host } = await listening((uws) => {
    uws.get('/chat/:room', (res) => void res.end('a page', true))
    uws.get('/health', (res) => void res.end('well', true))
    attach(uws, telling('app'), { path: '/chat/:room' })
    attach(uws, telling('rest'))
  })
  expect((await ask(port, 'GET /chat/a', ['Host: h'])).body).toBe('a page')
  expect((await ask(port, 'GET /health', ['Host: h'])).body).toBe('well')
  expect(await reached(host, '/chat/a')).toBe('app {"room":"a"}')
  expect(await reached(host, '/else')).toBe('rest {}')
})

it('answers what never gets to .ws() at its paths', async () => {
  const { port } = await serving(telling('app'), { path: '/chat/:room' })
  expect((await ask(port, 'POST /chat/a')).status).toBe('405 Method Not Allowed')
  expect((await ask(port, 'GET /chat/a', ['Host: h'])).status).toBe('426 Upgrade Required')
})

it.each(['chat', '', '/a/:', '/:room/:room'])('refuses the pattern %j, and registers none', (pattern) => {
  const uws = uWS().App()
  const call = () => attach(uws, linkspan(), { path: ['/fine', pattern] })
  expect(call).toThrow(LinkspanError)
  expect(call).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
  uws.close()
})

it('trusts proxies only when told to', async () => {
  const app = linkspan().message((conn) => void conn.send(conn.request.address))
  const headers = { 'X-Forwarded-For': '203.0.113.9, 198.51.100.2' }
  for (const [options, address] of [
    [{}, '127.0.0.1'],
    [{ trustProxy: 1 }, '198.51.100.2'],
    [{ trustProxy: true }, '203.0.113.9'],
  ] as const) {
    const { host } = await serving(app, options)
    const answer = await host.connect({ headers }).answer
    if (!answer.upgraded) throw new Error(answer.body)
    expect(await told(answer.peer)).toBe(address)
  }
})
