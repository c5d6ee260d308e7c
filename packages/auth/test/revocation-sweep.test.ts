import type { Authenticated, Connection } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { credentialsOf, type Revocation, type RevocationQuery } from '../src/revocation-notice.js'
import { resolveRevocationOptions } from '../src/revocation-options.js'
import { Sweeper } from '../src/revocation-sweep.js'
import { Tracked } from '../src/revocation-tracked.js'
import { known } from './known.js'

async function setUp() {
  const { clock, enter } = await known()
  const tracked = new Tracked()
  let looked = 0
  const readers = resolveRevocationOptions({})
  const credentials = (conn: Connection<Authenticated>) => {
    looked += 1
    return credentialsOf(conn.identity, readers)
  }
  const sweeper = new Sweeper(tracked, credentials, clock)
  const open = async (subject: string, claims = {}) => {
    const pair = await enter({ subject, claims })
    tracked.add(pair.conn)
    return pair
  }
  const made = (query: RevocationQuery): Revocation => ({
    id: 'r',
    at: clock.now(),
    until: clock.now() + 1_000,
    ...query,
  })
  return { clock, open, made, sweeper, looked: () => looked }
}

describe('a sweep', () => {
  it('closes whom the revocations of one turn are about, in one walk, and tells each of its own', async () => {
    const { open, made, sweeper, looked } = await setUp()
    const peers = [
      await open('ada', { jti: 't1' }),
      await open('ada'),
      await open('eve', { jti: 't2' }),
      await open('bob'),
    ]
    const swept = await Promise.all(
      [{ tokenId: 't1' }, { tokenId: 't2' }, { session: 'none' }].map((query) => sweeper.sweep(made(query))),
    )
    expect(swept.map(({ closed }) => closed)).toEqual([1, 1, 0])
    expect(looked()).toBe(4)
    expect(peers.map(({ conn }) => conn.state)).toEqual(['closed', 'active', 'closed', 'active'])
    expect((await peers[0]?.peer.closed)?.code).toBe(4001)
  })

  it('looks at nobody but the subject, where one is named', async () => {
    const { open, made, sweeper, looked } = await setUp()
    for (const subject of ['ada', 'ada', 'eve', 'bob']) await open(subject)
    expect((await sweeper.sweep(made({ subject: 'ada' }))).closed).toBe(2)
    expect(looked()).toBe(2)
  })

  it('leaves alone what is closing already', async () => {
    const { clock, open, made, sweeper } = await setUp()
    const { conn, peer } = await open('ada')
    peer.answersClose = false
    conn.close(1000)
    expect((await sweeper.sweep(made({ subject: 'ada' }))).closed).toBe(0)
    await clock.advance(5_000)
    expect((await conn.closed).code).toBe(1000)
  })

  it('ends when the last one is gone', async () => {
    const { clock, open, made, sweeper } = await setUp()
    const { peer } = await open('ada')
    peer.answersClose = false
    const begun = clock.monotonic()
    const sweep = sweeper.sweep(made({ subject: 'ada' }))
    await clock.advance(5_000)
    expect(await sweep).toEqual({ closed: 1, monotonic: begun + 5_000 })
  })
})
