import { type Connection, HandshakeRequest, linkspan } from '@linkspan/core'
import { fromPath, fromSubdomain } from '@linkspan/tenancy'
import { memoryHost } from '@linkspan/testing'
import { expect, it } from 'vitest'

type Resolver = (conn: Connection<unknown>) => string | undefined

/** What it answers for a request, which goes through a real handshake. */
async function answer(resolver: Resolver, request: { path?: string; host?: string }): Promise<unknown> {
  let found: unknown
  const app = linkspan({ origin: '*' }).use((conn) => {
    found = resolver(conn)
    return conn.reject({ status: 418 })
  })
  const host = await memoryHost(app)
  const { path = '/', host: name } = request
  await host.connect({ path, ...(name !== undefined && { headers: { host: name } }) }).answer
  await host.close()
  return found
}

it.each([
  ['acme.app.example', 'acme'],
  ['ACME.App.Example', 'acme'],
  ['acme.app.example.', 'acme'],
  ['acme.app.example:443', 'acme'],
  ['xn--bcher-kva.app.example', 'xn--bcher-kva'],
  ['app.example', undefined],
  ['.app.example', undefined],
  ['a.b.app.example', undefined],
  ['-a.app.example', undefined],
  ['a_b.app.example', undefined],
  ['acme.app.example@evil.example', undefined],
  ['evil.example/acme.app.example', undefined],
  ['[::1]:80', undefined],
  ['127.0.0.1', undefined],
])('finds in the host %j the tenant %j', async (host, tenant) => {
  expect(await answer(fromSubdomain('App.example'), { host })).toBe(tenant)
})

it('finds none where there is no host', () => {
  const request = new HandshakeRequest({ url: '/', headers: {}, address: '127.0.0.1' })
  expect(fromSubdomain('app.example')({ request } as Connection<unknown>)).toBeUndefined()
})

it.each([
  ['/t/:tenant', '/t/acme', 'acme'],
  ['/t/:tenant', '/t/acme?tenant=globex', 'acme'],
  ['/t/:tenant', '/t/ac%C3%A9', 'acé'],
  ['/t/:tenant', '/t/a%2Fb', 'a/b'],
  ['/t/:tenant', '/t/', undefined],
  ['/t/:tenant', '/t', undefined],
  ['/t/:tenant', '/T/acme', undefined],
  ['/t/:tenant', '/t/acme/', undefined],
  ['/t/:tenant', '/t/%ff', undefined],
  ['/t/:tenant', '/t/%', undefined],
  ['/t/:tenant/*', '/t/acme/a/b', 'acme'],
  ['/t/:tenant/*', '/t/acme/', 'acme'],
  ['/t/:tenant/*', '/t/acme', undefined],
  ['/:tenant/chat', '/acme/chat', 'acme'],
  ['/:tenant/chat', '/acme/other', undefined],
])('finds by %j in %j the tenant %j', async (pattern, path, tenant) => {
  expect(await answer(fromPath(pattern), { path })).toBe(tenant)
})
