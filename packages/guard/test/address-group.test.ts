import { addressGroup } from '@linkspan/guard'
import { describe, expect, it } from 'vitest'

describe('addressGroup', () => {
  it('is an IPv4 address itself', () => {
    expect(addressGroup('192.0.2.7')).toBe('192.0.2.7')
  })

  it.each(['::ffff:192.0.2.7', '::FFFF:c000:207', '0:0:0:0:0:ffff:192.0.2.7'])(
    'is the IPv4 address that %s holds',
    (mapped) => {
      expect(addressGroup(mapped)).toBe('192.0.2.7')
    },
  )

  it('is the /64 of an IPv6 address, however it is written', () => {
    const group = '2001:db8:0:7::/64'
    expect(addressGroup('2001:db8:0:7::1')).toBe(group)
    expect(addressGroup('2001:0DB8:0000:0007:ffff:ffff:ffff:ffff')).toBe(group)
    expect(addressGroup('2001:db8:0:8::1')).not.toBe(group)
  })

  it.each([
    [1, '8000::/1'],
    [20, 'fedc:b000::/20'],
    [56, 'fedc:ba98:7654:3200::/56'],
    [64, 'fedc:ba98:7654:32ff::/64'],
    [128, 'fedc:ba98:7654:32ff:1:2:3:4/128'],
  ])('takes another prefix: %i', (ipv6Prefix, group) => {
    expect(addressGroup('fedc:ba98:7654:32ff:1:2:3:4', { ipv6Prefix })).toBe(group)
  })

  it('leaves the zone out', () => {
    expect(addressGroup('fe80::1%eth0')).toBe('fe80::/64')
  })

  it.each([
    '',
    'unknown',
    'localhost',
    '192.0.2.7:4711',
    '010.0.0.1',
    '1',
    '127.1',
    '0x7f000001',
    '2001:db8::g',
  ])('puts what is no address into one group: %s', (address) => {
    expect(addressGroup(address)).toBe('unknown')
  })

  it.each([0, 129, 63.5, Number.NaN])('refuses the prefix %d', (ipv6Prefix) => {
    expect(() => addressGroup('192.0.2.7', { ipv6Prefix })).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_OPTION' }),
    )
  })
})
