import type { Authenticated, Identity } from '@linkspan/core'
import { VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { type Claim, type SingleOptions, single } from '../src/index.js'
import { known, SILENT } from './known.js'
import { memoryBus } from './memory-bus.js'

async function node(options: SingleOptions<Authenticated> = {}, clock = new VirtualClock()) {
  const all = await known(clock)
  const one = single({ clock, logger: SILENT, ...options })
  all.app.use(one)
  return { ...all, one }
}

describe('single', () => {
  it('takes tenant and subject for one key, that nothing in them can forge', async () => {
    const { enter, one } = await node()
    const identities: readonly Identity[] = [
      { subject: 'b', tenant: 'a:' },
      { subject: ':b', tenant: 'a' },
      { subject: '1:a:b' },
      { subject: 'a:b', tenant: '1' },
    ]
    const pairs = [
      await enter(identities[0]),
      await enter(identities[1]),
      await enter(identities[2]),
      await enter(identities[3]),
    ]
    expect(one.held()).toBe(4)
    expect(pairs.map(({ conn }) => conn.state)).toEqual(['active', 'active', 'active', 'active'])
  })

  it('forgets who has left, and not who came in their place', async () => {
    const { clock, enter, one } = await node()
    const first = await enter()
    first.peer.answersClose = false
    const second = await enter()
    await clock.advance(5_000)
    expect(first.conn.state).toBe('closed')
    expect(one.held()).toBe(1)
    second.conn.close()
    await second.conn.closed
    expect(one.held()).toBe(0)
  })

  it('takes no claim for one that is none, nor its own for another', async () => {
    const bus = memoryBus<Claim>()
    const { clock, enter } = await node({ bus })
    const { conn } = await enter()
    await clock.advance(0)
    const [claim] = (await bus.since?.(0)) ?? []
    expect(claim).toEqual({ key: ':ada', id: conn.id, at: clock.now() })
    await bus.publish({ key: ':ada' } as Claim)
    await bus.publish({ key: ':ada', id: conn.id, at: clock.now() + 1 })
    await bus.publish({ key: ':eve', id: 'other', at: clock.now() + 1 })
    await clock.advance(0)
    expect(conn.state).toBe('active')
    await bus.publish({ key: ':ada', id: 'other', at: clock.now() + 1 })
    await clock.advance(0)
    expect((await conn.closed).code).toBe(4002)
  })

  it('answers a claim that is beaten with the one that beats it', async () => {
    for (const [onConflict, at] of [
      ['replace', -1],
      ['reject', +1],
    ] as const) {
      const bus = memoryBus<Claim>()
      const { clock, enter } = await node({ bus, onConflict })
      const { conn } = await enter()
      await clock.advance(0)
      await bus.publish({ key: ':ada', id: 'other', at: clock.now() + at })
      await clock.advance(0)
      expect(conn.state).toBe('active')
      expect(((await bus.since?.(0)) ?? []).map(({ id }) => id)).toEqual([conn.id, 'other', conn.id])
    }
  })

  it('lets a newcomer win whose clock is behind, once its node has heard of the other', async () => {
    const bus = memoryBus<Claim>()
    const ahead = new VirtualClock()
    await ahead.advance(60_000)
    const there = await node({ bus: bus.link() })
    const here = await node({ bus }, ahead)
    const first = await here.enter()
    await here.clock.advance(0)
    const second = await there.enter()
    await there.clock.advance(0)
    expect((await first.conn.closed).code).toBe(4002)
    expect(second.conn.state).toBe('active')
  })

  it('does not claim again for whom has left while the bus was down', async () => {
    const bus = memoryBus<Claim>()
    const { clock, enter } = await node({ bus })
    bus.cut()
    const { conn } = await enter()
    await clock.advance(0)
    conn.close()
    await conn.closed
    bus.mend()
    await clock.advance(0)
    expect(await bus.since?.(0)).toEqual([])
  })

  it('lets go of the bus', async () => {
    const bus = memoryBus<Claim>()
    const { one } = await node({ bus })
    one.close()
    expect(bus.listeners).toBe(0)
    ;(await node()).one.close()
  })

  it('refuses an option that it does not know', () => {
    expect(() => single({ onConflict: 'both' as never })).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_OPTION' }),
    )
  })
})
