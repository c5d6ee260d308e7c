import { RateLimiterRedis } from 'rate-limiter-flexible'
import type { RateLimitStore } from './rate-limit-store.js'

/**
 * Keeps the quotas in Redis, through `RateLimiterRedis` of rate-limiter-flexible: fixed windows, one script call each.
 * `client` is one of ioredis or of node-redis (4 or later), which stays yours to close.
 *
 * @example
 * rateLimit({ handshakes: { points: 10, per: 60_000 }, store: redisRateStore(new Redis()) })
 */
export function redisRateStore(client: object): RateLimitStore {
  return (limit) =>
    new RateLimiterRedis({
      ...limit,
      storeClient: client,
      // Else commands wait in the client's queue for a connection.
      rejectIfRedisNotReady: true,
      useRedisPackage: !('defineCommand' in client),
    })
}
