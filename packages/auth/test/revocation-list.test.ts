import { VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { RevocationList } from '../src/revocation-list.js'
import type { Credentials, Revocation, RevocationQuery } from '../src/revocation-notice.js'

const clock = new VirtualClock()
const START = clock.now()

function made(query: RevocationQuery, until = START + 1_000): Revocation {
  return { id: 'r', at: START, until, ...query }
}

function of(subject: string, more: Partial<Credentials> = {}): Credentials {
  return { subject, tenant: undefined, session: undefined, tokenId: undefined, issuedAt: START, ...more }
}

describe('the list', () => {
  it('finds a revocation by whatever it names', () => {
    const list = new RevocationList(10, new VirtualClock())
    list.add(made({ tenant: 'acme' }))
    list.add(made({ subject: 'ada', tenant: 'other' }))
    list.add(made({ session: 's1' }))
    list.add(made({ tokenId: 't1', subject: 'eve' }))
    const found = [
      of('bob', { tenant: 'acme' }),
      of('ada', { tenant: 'other' }),
      of('bob', { session: 's1' }),
      of('eve', { tokenId: 't1' }),
    ]
    const others = [
      of('bob'),
      of('ada'),
      of('ada', { tenant: 'third' }),
      of('bob', { session: 's2' }),
      of('ada', { tokenId: 't1' }),
    ]
    expect(found.map((credentials) => list.find(credentials) !== undefined)).toEqual([true, true, true, true])
    expect(others.map((credentials) => list.find(credentials))).toEqual(others.map(() => undefined))
  })

  it('keeps one of a kind: the later instant, for the longer time', () => {
    const list = new RevocationList(10, new VirtualClock())
    list.add(made({ subject: 'ada', before: START }, START + 2_000))
    list.add(made({ subject: 'ada', before: START - 500 }, START + 1_000))
    expect(list.size).toBe(1)
    expect(list.find(of('ada', { issuedAt: START - 1 }))).toMatchObject({
      before: START,
      until: START + 2_000,
    })
    expect(list.find(of('ada'))).toBeUndefined()
  })

  it('does not take a renewal of credentials for shutting somebody out, nor the other way round', async () => {
    const time = new VirtualClock()
    const list = new RevocationList(10, time)
    list.add(made({ subject: 'ada' }, START + 1_000))
    list.add(made({ subject: 'ada', before: START }, START + 5_000))
    expect(list.size).toBe(2)
    expect(list.find(of('ada'))).toBeDefined()
    await time.advance(1_000)
    expect(list.find(of('ada'))).toBeUndefined()
    expect(list.find(of('ada', { issuedAt: START - 1 }))).toBeDefined()
  })

  it('forgets what has had its time, with the next one that comes', async () => {
    const time = new VirtualClock()
    const list = new RevocationList(10, time)
    list.add(made({ subject: 'ada' }))
    await time.advance(1_000)
    expect(list.find(of('ada'))).toBeUndefined()
    list.add(made({ subject: 'eve' }, START + 3_000))
    expect(list.size).toBe(1)
  })

  it('is bounded: when it is full the first that came is forgotten, and named', () => {
    const list = new RevocationList(2, new VirtualClock())
    expect(list.add(made({ subject: 'ada' }))).toBeUndefined()
    expect(list.add(made({ subject: 'bob' }))).toBeUndefined()
    expect(list.add(made({ subject: 'ada' }))).toBeUndefined()
    expect(list.add(made({ subject: 'eve' }))).toMatchObject({ subject: 'bob' })
    expect(list.size).toBe(2)
    expect(list.find(of('bob'))).toBeUndefined()
    expect(list.find(of('ada'))).toBeDefined()
  })
})
