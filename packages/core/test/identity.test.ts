import { describe, expect, it } from 'vitest'
import { extend, type Identity, settle } from '../src/identity.js'

describe('an identity that is settled', () => {
  it('is a frozen copy', () => {
    const given = { subject: 'ada', tenant: 'acme' }
    const settled = settle(given)
    given.tenant = 'evil'
    expect(settled).toEqual({ subject: 'ada', tenant: 'acme' })
    expect(Object.isFrozen(settled)).toBe(true)
  })

  it('does not follow the lists and claims that it was made from', () => {
    const roles = ['user']
    const scopes = ['read']
    const claims: Record<string, unknown> = { plan: 'free' }
    const settled = settle({ subject: 'ada', roles, scopes, claims })
    roles.push('admin')
    scopes.push('write')
    claims['plan'] = 'paid'
    expect(settled).toEqual({ subject: 'ada', roles: ['user'], scopes: ['read'], claims: { plan: 'free' } })
    for (const part of [settled.roles, settled.scopes, settled.claims])
      expect(Object.isFrozen(part)).toBe(true)
  })

  it.each([
    ['an empty subject', { subject: '' }],
    ['no subject', {}],
    ['a subject that is a number', { subject: 7 }],
    ['nothing at all', undefined],
    ['null', null],
  ])('needs a subject, and not %s', (_, identity) => {
    expect(() => settle(identity as Identity)).toThrow(
      expect.objectContaining({
        code: 'LINKSPAN_IDENTITY',
        message: 'an identity needs a subject: a string that is not empty.',
      }),
    )
  })

  it.each([Number.NaN, Infinity, '2030-01-01' as unknown as number])('does not end at %s', (expiresAt) => {
    expect(() => settle({ subject: 'ada', expiresAt })).toThrow(
      expect.objectContaining({
        code: 'LINKSPAN_IDENTITY',
        message: 'expiresAt takes milliseconds since the Unix epoch.',
      }),
    )
  })
})

describe('a renewal', () => {
  const before = settle({ subject: 'ada', tenant: 'acme', expiresAt: 1 })

  it('may move the end and everything but who it is', () => {
    const renewed = extend(before, { subject: 'ada', tenant: 'acme', roles: ['admin'], expiresAt: 2 })
    expect(renewed).toEqual({ subject: 'ada', tenant: 'acme', roles: ['admin'], expiresAt: 2 })
    expect(Object.isFrozen(renewed)).toBe(true)
  })

  it.each([
    ['another subject', { subject: 'eve', tenant: 'acme' }],
    ['another tenant', { subject: 'ada', tenant: 'evil' }],
    ['no tenant any more', { subject: 'ada' }],
  ])('may not bring %s', (_, after) => {
    expect(() => extend(before, after)).toThrow(
      expect.objectContaining({
        code: 'LINKSPAN_IDENTITY',
        message: expect.stringContaining('never change its subject or tenant') as string,
      }),
    )
  })

  it('may not give a tenant to whoever had none', () => {
    expect(() => extend(settle({ subject: 'ada' }), { subject: 'ada', tenant: 'acme' })).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_IDENTITY' }),
    )
  })

  it('of nobody is a misuse', () => {
    expect(() => extend(null, { subject: 'ada' })).toThrow(
      expect.objectContaining({
        code: 'LINKSPAN_STATE',
        message: 'renew() extends an identity, and an anonymous connection has none.',
      }),
    )
  })

  it('is checked like any identity', () => {
    expect(() => extend(before, { subject: '' })).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_IDENTITY' }),
    )
  })
})
