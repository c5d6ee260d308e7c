import { LinkspanError } from '@linkspan/core'
import { VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { alerts } from '../src/index.js'

const failure = new LinkspanError('LINKSPAN_STORE', 'the store failed.')
const other = new LinkspanError('LINKSPAN_HANDLER', 'a message handler threw.')

describe('alerts', () => {
  it('tells of the first error of a code at once, and of the others together', async () => {
    const clock = new VirtualClock()
    const told: unknown[] = []
    const alert = alerts(({ error, unsaid }) => told.push([error.code, unsaid]), { every: 1_000, clock })
    for (let i = 0; i < 5; i += 1) alert(failure)
    alert(other)
    expect(told).toEqual([
      ['LINKSPAN_STORE', 0],
      ['LINKSPAN_HANDLER', 0],
    ])
    await clock.advance(999)
    alert(failure)
    expect(told).toHaveLength(2)
    await clock.advance(1)
    alert(failure)
    expect(told.at(-1)).toEqual(['LINKSPAN_STORE', 5])
    await clock.advance(1_000)
    alert(failure)
    expect(told.at(-1)).toEqual(['LINKSPAN_STORE', 0])
  })

  it('refuses an interval that is none', () => {
    expect(() => alerts(() => {}, { every: 0 })).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
  })
})
