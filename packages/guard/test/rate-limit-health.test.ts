import { Log, type Logger } from '@linkspan/core'
import { VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { StoreHealth } from '../src/rate-limit-health.js'

function watched() {
  const clock = new VirtualClock()
  const log: string[] = []
  const write = (level: string) => (fields: object, message: string) => {
    log.push(`${level} ${message} ${JSON.stringify(fields)}`)
  }
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  }
  return { clock, log, health: new StoreHealth(clock, new Log(logger, clock)) }
}

describe('the health of a store', () => {
  it('is good until it failed: everybody may ask', () => {
    const { health, log } = watched()
    health.answered()
    expect([health.mayAsk(), health.mayAsk()]).toEqual([true, true])
    expect(log).toEqual([])
  })

  it('lets a store that failed alone for a second, and then one ask it, each second', async () => {
    const { health, clock } = watched()
    health.lost(new Error('gone'))
    await clock.advance(999)
    expect(health.mayAsk()).toBe(false)
    await clock.advance(1)
    expect([health.mayAsk(), health.mayAsk()]).toEqual([true, false])
    await clock.advance(1_000)
    expect([health.mayAsk(), health.mayAsk()]).toEqual([true, false])
  })

  it('is told of once when it goes, and once when it is back, without a word of what the store said', async () => {
    const { health, log } = watched()
    health.lost(new Error('redis://user:secret@host'))
    health.lost(new RangeError('again'))
    health.answered()
    health.answered()
    expect(log).toEqual([
      'error linkspan: the store of the rate limits does not answer: each node limits by itself {"event":"rate-store.down","err":{"type":"Error"}}',
      'info linkspan: the store of the rate limits answers again {"event":"rate-store.up"}',
    ])
    expect([health.failures, health.mayAsk(), health.mayAsk()]).toEqual([2, true, true])
  })
})
