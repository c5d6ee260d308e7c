import { type Authenticated, type Connection, linkspan, pipeline } from '@linkspan/core'
import { type RateLimit, type RateLimitEvent, rateLimit, redisRateStore } from '@linkspan/guard'
import { describe, expectTypeOf, it } from 'vitest'

const quota = { points: 10, per: 1_000 }

describe('rateLimit', () => {
  it('fits any application, and adds nothing to its data', () => {
    const limits = rateLimit({ handshakes: quota, messages: quota, over: 'drop' })
    expectTypeOf(limits).toEqualTypeOf<RateLimit>()
    const app = linkspan()
      .use((_, next) => next<Authenticated & { plan: string }>({ plan: 'gold' }))
      .use(limits)
      .message(limits.messages)
    app.message((conn) => {
      expectTypeOf(conn.data.plan).toEqualTypeOf<string>()
      expectTypeOf(conn.identity.subject).toEqualTypeOf<string>()
    })
    pipeline().use(limits)
  })

  it('knows the data in a key of your own, where it stands', () => {
    linkspan()
      .use((_, next) => next({ plan: 'gold' }))
      .use(
        rateLimit({
          handshakes: {
            ...quota,
            by: (conn) => (conn.data.plan === 'gold' ? undefined : conn.request.address),
          },
        }),
      )
  })

  it('knows the data where the key says it', () => {
    const limits = rateLimit({
      messages: { ...quota, by: (conn: Connection<{ plan: string }>) => conn.data.plan },
      onLimit: (conn, event) => {
        expectTypeOf(conn.data.plan).toEqualTypeOf<string>()
        expectTypeOf(event).toEqualTypeOf<RateLimitEvent>()
      },
    })
    linkspan()
      .use((_, next) => next({ plan: 'gold' }))
      .use(limits)
      .message(limits.messages)
    // @ts-expect-error nobody has added a plan
    linkspan().use(limits)
  })

  it('refuses what makes no sense', () => {
    // @ts-expect-error a handshake is no connection yet
    rateLimit({ handshakes: { ...quota, by: 'connection' } })
    // @ts-expect-error there is no such way
    rateLimit({ messages: quota, over: 'ignore' })
    // @ts-expect-error how many, and in which time
    rateLimit({ messages: { points: 1 } })
    // @ts-expect-error a client, not where it is
    redisRateStore('redis://localhost')
  })
})
