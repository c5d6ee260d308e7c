import { describe, expect, it } from 'vitest'
import { parseAddress } from '../src/address-group.js'
import { AddressSet } from '../src/address-set.js'

function has(entries: readonly string[], address: string): boolean {
  const parsed = parseAddress(address)
  if (parsed === undefined) throw new Error(`${address} is no address`)
  return new AddressSet('allow', entries).has(parsed)
}

describe('AddressSet', () => {
  it.each([
    ['10.0.0.0/8', '10.255.255.255', '11.0.0.0'],
    ['192.0.2.128/25', '192.0.2.200', '192.0.2.127'],
    ['192.0.2.7', '192.0.2.7', '192.0.2.8'],
    ['192.0.2.7/32', '::ffff:192.0.2.7', '::ffff:192.0.2.6'],
    ['::ffff:10.0.0.0/104', '10.1.2.3', '11.1.2.3'],
    ['::ffff:192.0.2.7', '192.0.2.7', '192.0.2.8'],
    ['2001:db8::/32', '2001:db8:ffff::1', '2001:db9::1'],
    ['2001:DB8:0:0::1', '2001:db8::1', '2001:db8::2'],
    ['fe80::/10', 'febf::1%eth0', 'fec0::1'],
    ['0.0.0.0/0', '203.0.113.9', '2001:db8::1'],
    ['::/0', '2001:db8::1', '203.0.113.9'],
  ])('%s has %s and not %s', (entry, inside, outside) => {
    expect(has([entry], inside)).toBe(true)
    expect(has([entry], outside)).toBe(false)
  })

  it('has what any of its networks has', () => {
    const entries = ['10.0.0.0/8', '192.168.0.0/16', '172.16.0.0/16', '172.17.0.0/16', '2001:db8::/32']
    for (const inside of ['10.1.1.1', '192.168.1.1', '172.16.1.1', '172.17.1.1', '2001:db8::1']) {
      expect(has(entries, inside)).toBe(true)
    }
    for (const outside of ['9.1.1.1', '192.169.1.1', '172.18.1.1', '2001:db9::1']) {
      expect(has(entries, outside)).toBe(false)
    }
  })

  it('is empty without entries', () => {
    expect(has([], '192.0.2.7')).toBe(false)
  })

  it.each([
    '',
    'localhost',
    '10/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8.0',
    '10.0.0.0/8/8',
    '010.0.0.0/8',
    '10.0.0.0/255.0.0.0',
    '2001:db8::/129',
    '2001:db8::g/32',
    'fe80::%eth0/10',
    '::ffff:0.0.0.0/95',
    '::ffff:10.0.0.0/129',
  ])('refuses what is no network: %s', (entry) => {
    expect(() => new AddressSet('deny', [entry])).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_OPTION', message: expect.stringContaining(`'${entry}'`) }),
    )
  })

  it('quotes no entry that does not begin like an address: a secret may be in the wrong place', () => {
    const secret = 'amqp://user:hunter2@engine'
    expect(() => new AddressSet('deny', [secret])).toThrow('not a string of 26 characters.')
    expect(() => new AddressSet('deny', [`::1/${'9'.repeat(100)}`])).toThrow(
      'the prefix of a string of 104 characters',
    )
  })

  it.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['2001:db8::1/32', '2001:db8::/32'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
  ])('refuses an address within a network, %s, and names the network', (entry, network) => {
    expect(() => new AddressSet('allow', [entry])).toThrow(`write '${network}'`)
  })
})
