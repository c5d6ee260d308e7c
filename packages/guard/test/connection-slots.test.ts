import type { Connection } from '@linkspan/core'
import { VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { ConnectionSlots } from '../src/connection-slots.js'
import { stage } from './from-address.js'

const A = '192.0.2.1'

async function book(ranked = false) {
  const { app, connect } = await stage()
  const slots = new ConnectionSlots(
    { address: 2, subject: Infinity, tenant: Infinity, total: 3 },
    64,
    new VirtualClock(),
    ranked,
  )
  const connection = async (address: string): Promise<Connection<unknown>> => {
    await connect(address)
    const all = [...app.connections]
    return all[all.length - 1] as Connection<unknown>
  }
  const taken = async (address: string) => {
    const claim = slots.claim(await connection(address))
    slots.register(claim)
    slots.take(claim)
    return claim
  }
  return { slots, connection, taken }
}

describe('ConnectionSlots', () => {
  it('knows nothing of a claim that is not registered', async () => {
    const { slots, connection } = await book()
    expect(slots.claim(await connection(A)).full).toBeUndefined()
    expect([slots.size('address'), slots.size('total'), slots.held]).toEqual([0, 0, 0])
  })

  it('keeps the groups of a claim that has no slot', async () => {
    const { slots, connection } = await book()
    const claim = slots.claim(await connection(A))
    slots.register(claim)
    expect([slots.size('address'), slots.count('address', A)]).toEqual([1, 0])
    expect(slots.release(claim)).toBe(false)
    expect([slots.size('address'), slots.size('total')]).toEqual([0, 0])
  })

  it('gives back what a claim has once, however often it is asked', async () => {
    const { slots, taken } = await book()
    const [first, second] = [await taken(A), await taken(A)]
    expect(slots.release(first)).toBe(true)
    expect(slots.release(first)).toBe(false)
    expect(slots.release(first)).toBe(false)
    expect([slots.held, slots.count('address', A), slots.size('address')]).toEqual([1, 1, 1])
    expect(slots.release(second)).toBe(true)
    expect([slots.held, slots.count('address', A), slots.size('address')]).toEqual([0, 0, 0])
  })

  it('says which group is full, the one closest to the client first', async () => {
    const { slots, connection, taken } = await book()
    await taken(A)
    await taken('192.0.2.2')
    const claim = slots.claim(await connection(A))
    expect(claim.full).toBeUndefined()
    await taken('192.0.2.3')
    expect(claim.full).toBe('total')
    const { slots: others, connection: another, taken: take } = await book()
    await take(A)
    await take(A)
    expect(others.claim(await another(A)).full).toBe('address')
  })

  it('evicts nobody where nobody is ranked', async () => {
    const { slots, connection, taken } = await book()
    await taken(A)
    await taken(A)
    expect(slots.evict(slots.claim(await connection(A)), 1)).toBeUndefined()
  })
})
