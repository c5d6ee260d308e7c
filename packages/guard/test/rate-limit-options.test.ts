import { type RateLimitOptions, rateLimit } from '@linkspan/guard'
import { describe, expect, it } from 'vitest'

const one = { points: 1, per: 1_000 }
const OPTION = expect.objectContaining({ code: 'LINKSPAN_OPTION' })

describe('the options of a rate limit', () => {
  it.each<[string, RateLimitOptions]>([
    ['no limit at all', {}],
    ['no points', { handshakes: { points: 0, per: 1_000 } }],
    ['half a point', { messages: { points: 1.5, per: 1_000 } }],
    ['no time', { bytes: { points: 1, per: 0 } }],
    ['too long a time', { bytes: { points: 1, per: 2 ** 31 } }],
    ['a name that no header can carry', { handshakes: one, name: 'a"b' }],
    ['no name', { handshakes: one, name: '' }],
    ['no deadline', { handshakes: one, deadline: 0 }],
    ['no keys', { handshakes: one, maxKeys: 0 }],
    ['too long a prefix', { handshakes: one, ipv6Prefix: 129 }],
    ['another way to go on', { messages: one, over: 'ignore' as 'drop' }],
  ])('are refused with %s', (_, options) => {
    expect(() => rateLimit(options)).toThrow(OPTION)
  })

  it('name what is wrong', () => {
    expect(() => rateLimit({ handshakes: { points: 0, per: 1_000 } })).toThrow(
      /^handshakes\.points takes .* not 0\.$/,
    )
  })

  it('refuse less than a second where there is a store: it would never expire there', () => {
    const store = () => ({ consume: async () => undefined })
    const short = { points: 1, per: 500 }
    expect(() => rateLimit({ handshakes: short, store })).toThrow(OPTION)
    expect(() => rateLimit({ messages: { ...short, by: 'tenant' }, store })).toThrow(OPTION)
    expect(() => rateLimit({ messages: short, store })).not.toThrow()
  })

  it('make one limiter of the store for each limit that is shared, each under a name of its own', () => {
    const made: object[] = []
    const store = (limit: object) => {
      made.push(limit)
      return { consume: async () => undefined }
    }
    const quota = { points: 5, per: 60_000 }
    rateLimit({ name: 'api', handshakes: quota, messages: { ...quota, by: 'tenant' }, bytes: quota, store })
    expect(made).toEqual([
      { keyPrefix: 'linkspan:rate:api:handshakes', points: 5, duration: 60 },
      { keyPrefix: 'linkspan:rate:api:messages', points: 5, duration: 60 },
    ])
  })
})
