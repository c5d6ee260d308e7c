import { createServer } from 'node:http'
import { linkspan } from '@linkspan/core'
import { type TrustProxy, upgrade } from '@linkspan/ws'
import { describe, expect, it } from 'vitest'
import { refused, serve, socketPath } from './serve.js'

/** The address that an application sees, told by its refusal. */
async function addressSeen(
  trustProxy: TrustProxy | undefined,
  forwarded: string | undefined,
  path?: string,
): Promise<string> {
  const app = linkspan().use((conn) => conn.reject({ status: 403, reason: `[${conn.request.address}]` }))
  const listener = upgrade(app, trustProxy === undefined ? {} : { trustProxy })
  const host = await serve(createServer().on('upgrade', listener), path)
  const { body } = refused(await host.connect({ headers: { 'x-forwarded-for': forwarded } }).answer)
  return (JSON.parse(body) as { detail: string }).detail.slice(1, -1)
}

describe('the address of a client', () => {
  it.each<[string, TrustProxy | undefined, string | undefined, string]>([
    ['is the socket’s, whatever it claims', undefined, '203.0.113.9', '127.0.0.1'],
    ['is the socket’s where nobody is trusted', false, '203.0.113.9', '127.0.0.1'],
    ['is the socket’s where a trusted proxy says nothing', true, undefined, '127.0.0.1'],
    ['is the first of all where everybody is trusted', true, '203.0.113.9, 10.0.0.2', '203.0.113.9'],
    ['is what the one proxy says', 1, '203.0.113.9', '203.0.113.9'],
    ['is not what the client told the one proxy', 1, '6.6.6.6, 203.0.113.9', '203.0.113.9'],
    [
      'is what the second of two proxies was told by the first',
      2,
      '6.6.6.6, 203.0.113.9, 10.0.0.2',
      '203.0.113.9',
    ],
    ['is the oldest known where proxies are fewer than said', 3, '203.0.113.9', '203.0.113.9'],
    ['is the socket’s where no proxy stands before it', 0, '203.0.113.9', '127.0.0.1'],
    [
      'is the last that a function does not trust',
      (address) => address === '127.0.0.1' || address.startsWith('10.'),
      '6.6.6.6, 203.0.113.9, 10.0.0.2',
      '203.0.113.9',
    ],
    ['can be trusted by its distance', (_address, hop) => hop === 0, '6.6.6.6, 203.0.113.9', '203.0.113.9'],
    ['is never what is no address', true, 'unknown, 10.0.0.2', '10.0.0.2'],
    ['is never a script', 1, '<script>', '127.0.0.1'],
    ['is never empty words', 1, ' , ', '127.0.0.1'],
    ['is written as IPv4 where IPv6 wraps it', 1, '::ffff:203.0.113.9', '203.0.113.9'],
    ['may be IPv6', 1, '2001:db8::7', '2001:db8::7'],
  ])('%s', async (_, trustProxy, forwarded, seen) => {
    expect(await addressSeen(trustProxy, forwarded)).toBe(seen)
  })

  it('is empty on a Unix socket', async () => {
    expect(await addressSeen(false, '203.0.113.9', socketPath())).toBe('')
  })

  it('is what the proxy behind a Unix socket says, where it is trusted', async () => {
    expect(await addressSeen(1, '6.6.6.6, 203.0.113.9', socketPath())).toBe('203.0.113.9')
  })

  it('is the last of several header lines together', async () => {
    const app = linkspan().use((conn) => conn.reject({ status: 403, reason: conn.request.address }))
    const host = await serve(createServer().on('upgrade', upgrade(app, { trustProxy: 1 })))
    const headers = { 'x-forwarded-for': '6.6.6.6', 'X-Forwarded-For': '203.0.113.9' }
    const { body } = refused(await host.connect({ headers }).answer)
    expect(body).toContain('203.0.113.9')
  })
})
