import { type Connection, type Identity, linkspan } from '@linkspan/core'
import { memoryHost } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { keyOf, type RateLimitKey } from '../src/rate-limit-key.js'

/** The key of a connection from 127.0.0.1. */
async function keyed(by: RateLimitKey<unknown>, identity?: Identity): Promise<string | undefined> {
  let key: string | undefined
  const app = linkspan({ origin: '*' }).use((conn, next) => {
    if (identity !== undefined) conn.authenticate(identity)
    key = keyOf(by, conn as Connection<unknown>, 64)
    return next()
  })
  const host = await memoryHost(app)
  await host.connect().answer
  await host.close()
  return key
}

describe('the key of a limit', () => {
  it('is the address, the subject within its tenant, or the tenant', async () => {
    const ada = { subject: 'ada', tenant: 'acme' }
    expect(await keyed('address', ada)).toBe('a:127.0.0.1')
    expect(await keyed('subject', ada)).toBe('s:["acme","ada"]')
    expect(await keyed('tenant', ada)).toBe('t:acme')
  })

  it('is the next narrower one where there is none: nobody escapes by saying less', async () => {
    expect(await keyed('tenant', { subject: 'ada' })).toBe('s:[null,"ada"]')
    expect(await keyed('tenant')).toBe('a:127.0.0.1')
    expect(await keyed('subject')).toBe('a:127.0.0.1')
  })

  it('tells the same subject of two tenants apart, and a subject from a tenant or an address of that name', async () => {
    const keys = [
      await keyed('subject', { subject: 'x', tenant: 'a' }),
      await keyed('subject', { subject: 'x', tenant: 'b' }),
      await keyed('subject', { subject: 'a","x' }),
      await keyed('tenant', { subject: 'x', tenant: '127.0.0.1' }),
      await keyed('address'),
      await keyed(() => '127.0.0.1'),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('may be of your own, is cut where it is long, and undefined exempts', async () => {
    expect(await keyed(() => 'own')).toBe('k:own')
    expect(await keyed(() => 'x'.repeat(10_000))).toBe(`k:${'x'.repeat(256)}`)
    expect(await keyed(() => undefined)).toBeUndefined()
  })
})
