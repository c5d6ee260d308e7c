import { describe, expect, it } from 'vitest'
import { onRenewal, recheck } from '../src/renewal-hooks.js'
import { known } from './known.js'

describe('recheck', () => {
  it('asks every hook in order, until one says no', async () => {
    const { conn } = await (await known()).enter()
    const asked: number[] = []
    const answer = { second: true }
    onRenewal(conn, () => asked.push(1) > 0)
    onRenewal(conn, () => {
      asked.push(2)
      return answer.second
    })
    onRenewal(conn, () => asked.push(3) > 0)
    expect(recheck(conn)).toBe(true)
    answer.second = false
    expect(recheck(conn)).toBe(false)
    expect(asked).toEqual([1, 2, 3, 1, 2])
  })

  it('waits for a promise, and then asks the others', async () => {
    const { conn } = await (await known()).enter()
    const asked: number[] = []
    let stays = true
    onRenewal(conn, async () => stays)
    onRenewal(conn, () => asked.push(2) > 0)
    await expect(recheck(conn)).resolves.toBe(true)
    stays = false
    await expect(recheck(conn)).resolves.toBe(false)
    expect(asked).toEqual([2])
  })

  it('lets stay what nobody decided about', async () => {
    const { conn } = await (await known()).enter()
    expect(recheck(conn)).toBe(true)
  })
})
