import { VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { type AuthFailure, type TicketStore, ticket } from '../src/index.js'

describe('tickets.issue', () => {
  it('makes 256 bits that nobody has seen before', async () => {
    const tickets = ticket()
    const made = await Promise.all(Array.from({ length: 200 }, () => tickets.issue({ subject: 'ada' })))
    expect(new Set(made).size).toBe(200)
    for (const secret of made) expect(secret).toMatch(/^[\w-]{43}$/)
  })

  it('keeps the identity for as long as was said, under a hash', async () => {
    const puts: unknown[][] = []
    const store: TicketStore = { put: async (...put) => void puts.push(put), take: async () => undefined }
    const secret = await ticket({ store, ttl: 5_000 }).issue({ subject: 'ada' }, { address: '192.0.2.7' })
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
    const value = '{"identity":{"subject":"ada"},"address":"192.0.2.7"}'
    expect(puts).toEqual([[Buffer.from(digest).toString('base64url'), value, 5_000]])
  })

  it.each([{ subject: '' }, {}, null, undefined])('does not take %j for somebody', async (identity) => {
    await expect(ticket().issue(identity as never)).rejects.toMatchObject({ code: 'LINKSPAN_IDENTITY' })
  })

  it('refuses with 503 where the store fails or does not answer', async () => {
    const clock = new VirtualClock()
    const failures: AuthFailure[] = []
    const refused = (failure: AuthFailure) => failures.push(failure)
    const cause = new Error('down')
    const failing: TicketStore = { put: () => Promise.reject(cause), take: async () => undefined }
    const failed = ticket({ store: failing, clock, refused, retryAfter: 2 }).issue({ subject: 'ada' })
    await expect(failed).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
    expect(failures).toEqual([{ status: 503, why: 'unavailable', cause }])

    let asked = () => {}
    const silence = new Promise<void>((resolve) => {
      asked = resolve
    })
    const silent: TicketStore = {
      put: () => {
        asked()
        return new Promise(() => {})
      },
      take: async () => undefined,
    }
    const issued = ticket({ store: silent, clock, storeTimeout: 300 }).issue({ subject: 'ada' })
    issued.catch(() => {})
    await silence
    await clock.advance(300)
    await expect(issued).rejects.toMatchObject({ status: 503 })
    expect(clock.pending).toBe(0)
  })
})

it.each([
  [{ ttl: 0 }, 'ttl takes'],
  [{ from: [] }, 'from takes'],
  [{ storeTimeout: 0 }, 'storeTimeout takes'],
  [{ retryAfter: 0.5 }, 'retryAfter takes'],
])('ticket does not take %j', (options, says) => {
  expect(() => ticket(options)).toThrow(says)
})
