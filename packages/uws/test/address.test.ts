import { linkspan } from '@linkspan/core'
import type { TrustProxy } from '@linkspan/uws'
import { afterEach, describe, expect, it } from 'vitest'
import { addressBy } from '../src/address.js'
import { needsUws } from './needs-uws.js'
import { closeServers, serving } from './server.js'

needsUws()
afterEach(closeServers)

describe('the address of a socket', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['::1', '::1', '::1'],
    // A server on both families sees IPv4 clients at wrapped addresses.
    ['::', '127.0.0.1', '127.0.0.1'],
  ])('on %s, of a client at %s, is %s', async (address, target, expected) => {
    const app = linkspan().message((conn) => void conn.send(conn.request.address))
    const { host } = await serving(app, {}, { address, target })
    const answer = await host.connect().answer
    if (!answer.upgraded) throw new Error(answer.body)
    answer.peer.send('?')
    expect(await answer.peer.next()).toBe(expected)
  })
})

const CHAIN = '203.0.113.9, 198.51.100.2,192.0.2.3'

const CASES: readonly (readonly [
  what: string,
  trust: TrustProxy,
  forwarded: string | undefined,
  address: string,
])[] = [
  ['nobody', false, CHAIN, '10.0.0.1'],
  ['everybody', true, CHAIN, '203.0.113.9'],
  ['no proxy', 0, CHAIN, '10.0.0.1'],
  ['one proxy', 1, CHAIN, '192.0.2.3'],
  ['two proxies', 2, CHAIN, '198.51.100.2'],
  ['more proxies than there are', 9, CHAIN, '203.0.113.9'],
  [
    'the proxies that a function knows',
    (address) => ['10.0.0.1', '192.0.2.3'].includes(address),
    CHAIN,
    '198.51.100.2',
  ],
  ['nobody that a function knows', () => false, CHAIN, '10.0.0.1'],
  ['a proxy that wrote down nothing', true, undefined, '10.0.0.1'],
  ['a proxy that wrote down an empty list', true, '', '10.0.0.1'],
  ['a proxy that wrote down what is no address', true, '203.0.113.9, evil, 192.0.2.3', '192.0.2.3'],
  ['a proxy that wrote down a wrapped address', 1, '::ffff:203.0.113.9', '203.0.113.9'],
  ['a proxy that wrote down an IPv6 address', 1, '2001:db8::1', '2001:db8::1'],
]

describe('the address by trust in', () => {
  it.each(CASES)('%s', (_what, trust, forwarded, address) => {
    expect(addressBy(trust)('::ffff:10.0.0.1', forwarded)).toBe(address)
  })

  it('a function that is told which hop it is asked about', () => {
    const asked: [string, number][] = []
    addressBy((address, hop) => asked.push([address, hop]) < 3)('10.0.0.1', CHAIN)
    expect(asked).toEqual([
      ['10.0.0.1', 0],
      ['192.0.2.3', 1],
      ['198.51.100.2', 2],
    ])
  })
})
