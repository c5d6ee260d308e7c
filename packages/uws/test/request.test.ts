import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HandshakeRequest } from '@linkspan/core'
import { afterEach, expect, it } from 'vitest'
import { copyRequest, joinHeaders } from '../src/request.js'
import { needsUws } from './needs-uws.js'
import { ask, UPGRADE } from './raw.js'
import { closeServers, listening } from './server.js'

needsUws()
afterEach(closeServers)

const REPEATED = [
  ...UPGRADE,
  'Cookie: a=1',
  'Cookie: b=2',
  'X-List: 1',
  'x-list: 2',
  'Authorization: Bearer first',
  'Authorization: Bearer second',
  'User-Agent: one',
  'User-Agent: two',
  'X-Latin: a\xe9b',
  'X-Utf8: a\xc3\xa9b',
  'X-Empty:',
  'constructor: own',
]

/** The same request as Node's own server reads it. */
async function asNodeReads(
  line: string,
  headers: readonly string[],
): Promise<Pick<IncomingMessage, 'url' | 'headers'>> {
  const server = createServer({ requireHostHeader: false })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const seen = new Promise<IncomingMessage>((resolve) => {
    server.on('upgrade', (req, socket) => {
      resolve(req)
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
  })
  await ask((server.address() as AddressInfo).port, line, headers)
  server.close()
  return seen
}

it.each(['/', '/?', '/a/b?', '/a%20b?x=%31&y', '/a?b?c', '/%zz', '//double'])(
  'reads %s as Node does',
  async (url) => {
    const { seen } = await asWeRead(`GET ${url}`, REPEATED)
    const node = await asNodeReads(`GET ${url}`, REPEATED)
    expect(seen.url).toBe(node.url)
    expect(seen.headers).toEqual({ ...node.headers, 'x-latin': expect.any(String) })
  },
)

it('reads a header of UTF-8 as Node does, and cannot tell what is neither that nor ASCII', async () => {
  const { seen } = await asWeRead('GET /', REPEATED)
  expect(seen.headers['x-utf8']).toBe('a\xc3\xa9b')
  expect(seen.headers['x-latin']).not.toContain('\xc3\xa9')
})

it('copies the method as it was sent', async () => {
  expect((await asWeRead('PATCH /', UPGRADE)).method).toBe('PATCH')
  expect((await asWeRead('patch /', UPGRADE)).method).toBe('patch')
})

async function asWeRead(
  line: string,
  headers: readonly string[],
): Promise<{ readonly seen: HandshakeRequest; readonly method: string }> {
  let seen: HandshakeRequest | undefined
  let method = ''
  const { port } = await listening((uws) =>
    uws.any('/*', (res, req) => {
      const copy = copyRequest(req)
      method = copy.method
      seen = new HandshakeRequest({ url: copy.url, headers: joinHeaders(copy), address: '' })
      res.end('', true)
    }),
  )
  await ask(port, line, headers)
  if (seen === undefined) throw new Error('the request did not come')
  return { seen, method }
}
