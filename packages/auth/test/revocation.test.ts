import { describe, expect, it } from 'vitest'
import { type Revocation, type RevocationEvent, revocation } from '../src/index.js'
import { known, SILENT } from './known.js'
import { memoryBus } from './memory-bus.js'

describe('revocation', () => {
  it('reports how many it closed, how long that took, and that the bus knows', async () => {
    const { app, clock, enter } = await known()
    const events: RevocationEvent[] = []
    const revocations = revocation({ clock, logger: SILENT, onEvent: (event) => events.push(event) })
    app.use(revocations)
    const { peer } = await enter()
    peer.answersClose = false
    await clock.advance(0)
    const report = revocations.revoke({ subject: 'ada' })
    await clock.advance(5_000)
    const { id } = await report
    expect(await report).toEqual({ id, closed: 1, latency: 5_000, published: true })
    expect(events.at(-1)).toMatchObject({ type: 'revoked', closed: 1, latency: 5_000, revocation: { id } })
    expect(revocations.stats()).toEqual({
      tracked: 0,
      remembered: 1,
      forgotten: 0,
      waiting: 0,
      closed: 1,
      slowest: 5_000,
      sure: true,
    })
  })

  it('refuses a query that names nobody, and tells nobody', async () => {
    const bus = memoryBus<Revocation>()
    const revocations = revocation({ bus, logger: SILENT })
    await expect(revocations.revoke({})).rejects.toMatchObject({ code: 'LINKSPAN_OPTION' })
    expect(await bus.since?.(0)).toEqual([])
    revocations.close()
  })

  it('puts nothing on the bus but what a revocation has', async () => {
    const { clock } = await known()
    const bus = memoryBus<Revocation>()
    const revocations = revocation({ bus, clock, remember: 1_000, logger: SILENT })
    const query = { subject: 'ada', before: clock.now(), password: 'secret' }
    await revocations.revoke(query)
    const at = clock.now()
    expect(await bus.since?.(0)).toEqual([
      { id: expect.any(String), at, until: at + 1_000, subject: 'ada', before: at },
    ])
  })

  it('does nothing for what comes from the bus and is no revocation, and says so', async () => {
    const { app, clock, enter } = await known()
    const bus = memoryBus<Revocation>()
    const events: RevocationEvent[] = []
    app.use(revocation({ bus, clock, logger: SILENT, onEvent: (event) => events.push(event) }))
    const { conn } = await enter()
    await bus.publish({ id: 'r', at: clock.now(), until: clock.now() + 1_000 })
    await clock.advance(0)
    expect(conn.state).toBe('active')
    expect(events.at(-1)).toMatchObject({ type: 'failed', lost: true })
  })

  it('says when a revocation was forgotten before its time', async () => {
    const { clock } = await known()
    const events: RevocationEvent[] = []
    const revocations = revocation({
      clock,
      capacity: 1,
      logger: SILENT,
      onEvent: (event) => events.push(event),
    })
    await revocations.revoke({ subject: 'ada' })
    await revocations.revoke({ subject: 'eve' })
    expect(revocations.stats()).toMatchObject({ remembered: 1, forgotten: 1 })
    expect(events).toContainEqual({
      type: 'forgotten',
      revocation: expect.objectContaining({ subject: 'ada' }),
    })
  })

  it('refuses older credentials after an outage for as long as such can live', async () => {
    const { app, clock, enter } = await known()
    const bus = memoryBus<Revocation>(false)
    app.use(revocation({ bus, clock, remember: 60_000, logger: SILENT }))
    const old = { subject: 'ada', claims: { iat: clock.now() / 1_000 } }
    await clock.advance(1_000)
    bus.cut()
    bus.mend()
    await enter({ subject: 'ada' })
    await clock.advance(59_999)
    await expect(enter(old)).rejects.toThrow('401')
    await clock.advance(1)
    await enter(old)
  })

  it('finds session, id and age where it is told to', async () => {
    const { app, clock, enter } = await known()
    const revocations = revocation({
      clock,
      logger: SILENT,
      session: ({ claims }) => String(claims?.['cookie']),
      tokenId: ({ roles }) => roles?.[0],
      issuedAt: () => 1,
    })
    app.use(revocations)
    await enter({ subject: 'ada', claims: { cookie: 'c1' } })
    await enter({ subject: 'ada', roles: ['r1'] })
    expect((await revocations.revoke({ session: 'c1' })).closed).toBe(1)
    expect((await revocations.revoke({ tokenId: 'r1', before: 1 })).closed).toBe(0)
    expect((await revocations.revoke({ tokenId: 'r1', before: 2 })).closed).toBe(1)
  })
})
