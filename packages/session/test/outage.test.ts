import { VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { Outage } from '../src/outage.js'

describe('Outage', () => {
  it('admits everybody until five have failed in a row, then one a second, and all after one answer', async () => {
    const clock = new VirtualClock()
    const outage = new Outage(clock)
    for (let i = 0; i < 4; i += 1) outage.failed()
    outage.answered()
    for (let i = 0; i < 4; i += 1) outage.failed()
    expect(outage.admits()).toBe(true)
    outage.failed()
    expect(outage.admits()).toBe(false)
    await clock.advance(1_000)
    expect([outage.admits(), outage.admits()]).toEqual([true, false])
    outage.failed()
    await clock.advance(999)
    expect(outage.admits()).toBe(false)
    await clock.advance(1)
    expect(outage.admits()).toBe(true)
    outage.answered()
    expect([outage.admits(), outage.admits()]).toEqual([true, true])
  })
})
