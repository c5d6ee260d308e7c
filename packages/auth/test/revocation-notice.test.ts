import { describe, expect, it } from 'vitest'
import {
  type Credentials,
  checkQuery,
  credentialsOf,
  isRevocation,
  isRevokedBy,
  signatureOf,
} from '../src/revocation-notice.js'
import { resolveRevocationOptions } from '../src/revocation-options.js'

const ADA: Credentials = {
  subject: 'ada',
  tenant: 'acme',
  session: 's1',
  tokenId: 't1',
  issuedAt: 1_000,
}

describe('isRevokedBy', () => {
  it('needs everything that is named, and nothing else', () => {
    for (const query of [
      { subject: 'ada' },
      { tenant: 'acme' },
      { subject: 'ada', tenant: 'acme', session: 's1', tokenId: 't1' },
      { tokenId: 't1', before: 1_001 },
    ]) {
      expect(isRevokedBy(ADA, query)).toBe(true)
    }
    for (const query of [
      { subject: 'ad' },
      { subject: 'ada', tenant: 'other' },
      { subject: 'ada', session: 's2' },
      { subject: 'eve', tokenId: 't1' },
      { subject: 'ada', before: 1_000 },
    ]) {
      expect(isRevokedBy(ADA, query)).toBe(false)
    }
  })

  it('takes credentials of an unknown age for old ones', () => {
    expect(isRevokedBy({ ...ADA, issuedAt: undefined }, { subject: 'ada', before: 0 })).toBe(true)
  })

  it('takes what credentials do not have for another', () => {
    expect(isRevokedBy({ ...ADA, session: undefined }, { session: 's1' })).toBe(false)
  })
})

describe('a query', () => {
  it('names somebody', () => {
    checkQuery({ subject: 'ada', before: 0 })
    for (const query of [
      {},
      { before: 1 },
      { subject: '' },
      { subject: 'ada', session: '' },
      { subject: 'ada', before: Number.NaN },
      { subject: 7 as never },
    ]) {
      expect(() => checkQuery(query)).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
    }
  })
})

describe('isRevocation', () => {
  it('takes what could be everybody for nothing', () => {
    const good = { id: 'r1', at: 1, until: 2, subject: 'ada' }
    expect(isRevocation(good)).toBe(true)
    for (const bad of [
      null,
      'r1',
      {},
      { ...good, subject: undefined },
      { ...good, subject: ['ada'] },
      { ...good, until: '2' },
      { ...good, at: Number.POSITIVE_INFINITY },
      { ...good, id: 1 },
    ]) {
      expect(isRevocation(bad)).toBe(false)
    }
  })
})

describe('signatureOf', () => {
  it('tells apart what could look alike', () => {
    const all = [
      { subject: 'a' },
      { tenant: 'a' },
      { session: 'a' },
      { tokenId: 'a' },
      { subject: 'a', before: 1 },
      { subject: 'a","b' },
      { subject: 'a', tenant: 'b' },
      { subject: 'b', tenant: 'a' },
    ].map(signatureOf)
    expect(new Set(all).size).toBe(all.length)
    expect(signatureOf({ subject: 'a', before: 2 })).toBe(signatureOf({ before: 1, subject: 'a' }))
  })
})

describe('credentialsOf', () => {
  it('reads sid, jti and iat, where they are what they should be', () => {
    const readers = resolveRevocationOptions({})
    expect(
      credentialsOf({ subject: 'ada', tenant: 'acme', claims: { sid: 's1', jti: 't1', iat: 1 } }, readers),
    ).toEqual(ADA)
    const none = {
      subject: 'ada',
      tenant: undefined,
      session: undefined,
      tokenId: undefined,
      issuedAt: undefined,
    }
    expect(credentialsOf({ subject: 'ada', claims: { sid: 7, jti: {}, iat: '1' } }, readers)).toEqual(none)
    expect(credentialsOf({ subject: 'ada' }, readers)).toEqual(none)
  })
})
