import { describe, expect, it } from 'vitest'
import { Hearing } from '../../src/cluster/hearing.js'

function stage() {
  const heard = new Set<string>()
  const hearing = new Hearing((channel) => heard.has(channel))
  const told: string[] = []
  const listen = (channel: string): (() => void) =>
    hearing.on(channel, (hears) => {
      expect(hearing.hears(channel)).toBe(hears)
      told.push(`${channel}: ${hears}`)
    })
  return { heard, hearing, told, listen }
}

describe('hearing', () => {
  it('is told when it changes, of its channel, until that is taken away', () => {
    const { heard, hearing, told, listen } = stage()
    const off = listen('a')
    listen('a')
    listen('b')
    expect(hearing.hears('a')).toBe(false)
    heard.add('a')
    hearing.check()
    hearing.check()
    expect(told.splice(0)).toEqual(['a: true', 'a: true'])
    off()
    heard.clear()
    hearing.check()
    expect(told).toEqual(['a: false'])
  })

  it('is as it is when it is first asked for', () => {
    const { heard, hearing, told, listen } = stage()
    heard.add('a')
    listen('a')
    expect([hearing.hears('a'), told]).toEqual([true, []])
  })

  it('is interrupted where something was missed: on one channel, or on any of them', () => {
    const { heard, hearing, told, listen } = stage()
    for (const channel of ['a', 'b', 'c']) listen(channel)
    for (const channel of ['a', 'b']) heard.add(channel)
    hearing.check()
    told.length = 0
    hearing.missed('b')
    expect(told.splice(0)).toEqual(['b: false', 'b: true'])
    hearing.missed('of nobody')
    expect(told).toEqual([])
    hearing.missed(undefined)
    expect(told.sort()).toEqual(['a: false', 'a: true', 'b: false', 'b: true'])
  })
})
