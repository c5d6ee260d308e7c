import { describe, expect, it } from 'vitest'
import { decideLater, rechecked } from '../src/rechecked.js'
import { known } from './known.js'

describe('rechecked', () => {
  it('answers at once where nothing is undecided', async () => {
    const { conn, peer } = await (await known()).enter()
    expect(rechecked(conn)).toBe(true)
    conn.close()
    expect(rechecked(conn)).toBe(false)
    await peer.closed
    await conn.closed
    expect(rechecked(conn)).toBe(false)
  })

  it('waits for every decision that is under way, also for those that come meanwhile', async () => {
    const { conn } = await (await known()).enter()
    const decide: (() => void)[] = []
    const undecided = (): Promise<void> => new Promise((resolve) => void decide.push(resolve))
    for (const decision of [undecided(), undecided()]) decideLater(conn, decision)
    const log: unknown[] = []
    const said = Promise.resolve(rechecked(conn)).then((stays) => void log.push(stays))
    decide[1]?.()
    decideLater(conn, undecided())
    decide[0]?.()
    for (let turns = 0; turns < 20; turns += 1) await Promise.resolve()
    expect(log).toEqual([])
    decide[2]?.()
    await said
    expect(log).toEqual([true])
    expect(rechecked(conn)).toBe(true)
  })

  it('does not reject: what a decision throws is not for whoever waits', async () => {
    const { conn } = await (await known()).enter()
    decideLater(conn, Promise.reject(new Error('the directory is gone')))
    expect(await rechecked(conn)).toBe(true)
  })
})
