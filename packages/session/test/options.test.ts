import { inspect } from 'node:util'
import type { LinkspanError, Logger } from '@linkspan/core'
import { memoryStore, type SessionOptions, session } from '@linkspan/session'
import { VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { storeError } from '../src/errors.js'
import { resolveOptions } from '../src/options.js'

const store = memoryStore()

describe('options', () => {
  it('has defaults', () => {
    expect(resolveOptions({ store })).toMatchObject({
      ttl: 86_400_000,
      rolling: true,
      whenEnded: 'close',
      timeout: 1_000,
      delay: 1_000,
      maxDirty: 10_000,
      maxSize: 65_536,
    })
  })

  it.each<Partial<SessionOptions<object>>>([
    { store: {} as never },
    { ttl: 999 },
    { ttl: 34_560_000_001 },
    { ttl: Number.NaN },
    { timeout: 0 },
    { delay: -1 },
    { maxDirty: 0 },
    { maxSize: 1 },
    { whenEnded: 'perhaps' as 'keep' },
    { cookie: {}, query: 'sid' },
    { query: '' },
  ])('does not take %j', (options) => {
    expect(() => session({ store, ...options })).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
  })

  it('finds values that cannot be kept before anybody connects', () => {
    expect(() => session({ store, initial: () => ({ n: 1n }) })).toThrow('what JSON can')
    expect(() => session({ store, maxSize: 10, initial: () => ({ name: 'far too long' }) })).toThrow(
      '10 bytes',
    )
  })

  it('logs failures, one line in ten seconds, with what went unsaid', async () => {
    const lines: object[] = []
    const nothing = (): void => {}
    const logger: Logger = {
      debug: nothing,
      info: nothing,
      warn: nothing,
      error: (fields) => lines.push(fields),
    }
    const clock = new VirtualClock()
    const { onError } = resolveOptions({ store, logger, clock })
    const error: LinkspanError = storeError('down')
    for (let i = 0; i < 5; i += 1) onError(error)
    expect(lines).toHaveLength(1)
    await clock.advance(10_000)
    onError(error)
    expect(lines.at(-1)).toEqual({ event: 'session.failed', code: 'LINKSPAN_STORE', err: error, unsaid: 4 })
  })
})

describe('a session object', () => {
  it('shows its id nowhere', async () => {
    const { LiveSession } = await import('../src/live-session.js')
    const { Live } = await import('../src/live.js')
    const { Lifetime } = await import('../src/lifetime.js')
    const { Pool } = await import('../src/pool.js')
    const { snapshot } = await import('../src/values.js')
    const options = resolveOptions({ store })
    const pool = new Pool(options)
    const live = new Live(pool, 'the-secret-id', new Lifetime(options), snapshot({ a: 1 }, 100), 1, [])
    const shown = new LiveSession(live, pool)
    expect(shown.id).toBe('the-secret-id')
    expect(shown.get('a')).toBe(1)
    expect(shown.get('toString')).toBeUndefined()
    expect(shown.get('__proto__')).toBeUndefined()
    expect(inspect(shown, { depth: 10, showHidden: true })).not.toContain('secret')
    expect(JSON.stringify({ ...shown, shown })).toBe('{"shown":{}}')
  })
})
