import {
  badOption,
  type Connection,
  type End,
  Log,
  type MessageMiddleware,
  type Middleware,
  named,
  oneOf,
  systemClock,
} from '@linkspan/core'
import type { RateLimitQuota } from './rate-limit-bucket.js'
import { StoreHealth } from './rate-limit-health.js'
import { type MessageGate, messageLimit } from './rate-limit-messages.js'
import {
  meters,
  type RateLimitEvent,
  type RateLimitOptions,
  type RateLimitStats,
} from './rate-limit-options.js'

/**
 * A rate limit: a middleware for handshakes, with another one for messages.
 *
 * @example
 * app.use(limits).message(limits.messages)
 */
export interface RateLimit<Data = unknown> extends Middleware<Data, {}> {
  readonly messages: MessageMiddleware<Data>
  stats(): RateLimitStats
}

/**
 * Limits how fast clients connect and speak. Handshakes over the limit get 429 with `Retry-After`, `RateLimit` and
 * `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11).
 *
 * Each node counts by itself with token buckets, synchronously; a `store` is asked in addition, for what the node itself
 * would let through. Where it does not answer, the node's own answer stands: the limit then holds a node, not in all.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 *
 * @example
 * const limits = rateLimit({ handshakes: { points: 10, per: 60_000 }, messages: { points: 50, per: 1_000 } })
 * app.use(limits).message(limits.messages)
 */
export function rateLimit<Data = unknown>(options: RateLimitOptions<Data>): RateLimit<Data> {
  const { handshakes, messages, bytes, onLimit, clock = systemClock } = options
  const { name = 'default', over = 'close' } = options
  if (!/^[\w.-]{1,64}$/.test(name)) throw badOption('name takes 1 to 64 of: letters, digits, _ . -')
  oneOf('over', over, ['close', 'drop', 'delay'])
  if (handshakes === undefined && messages === undefined && bytes === undefined) {
    throw badOption('rateLimit takes at least one of handshakes, messages and bytes.')
  }
  const count = { refuse: 0, close: 0, drop: 0, delay: 0 }
  const log = new Log(options.logger, clock)
  const health = new StoreHealth(clock, log)
  const tell = (conn: Connection<Data>, event: RateLimitEvent): void => {
    count[event.action] += 1
    try {
      onLimit?.(conn, event)
    } catch (thrown) {
      log.threw('onLimit', thrown, conn)
    }
  }
  const meter = meters(options, { name, clock, health })

  const door = handshakes && meter('handshakes', handshakes, handshakes.by ?? 'address')
  const gates: MessageGate<Data>[] = []
  if (messages) gates.push({ what: 'messages', meter: meter('messages', messages, messages.by) })
  if (bytes) gates.push({ what: 'bytes', meter: meter('bytes', bytes, bytes.by) })

  const refuse = (conn: Connection<Data>, wait: number): never => {
    tell(conn, { limit: 'handshakes', action: 'refuse', bytes: 0, wait })
    const { points, per } = handshakes as RateLimitQuota
    const retryAfter = Math.ceil(wait / 1_000)
    const window = per % 1_000 === 0 ? `;w=${per / 1_000}` : ''
    return conn.reject({
      status: 429,
      reason: 'too many connections in a short time',
      retryAfter,
      headers: {
        'ratelimit-policy': `"${name}";q=${points}${window}`,
        ratelimit: `"${name}";r=0;t=${retryAfter}`,
      },
    })
  }

  const middleware: Middleware<Data, {}> = (conn, next): Promise<End<{}>> => {
    const wait = door?.take(conn, 1) ?? 0
    if (wait > 0) return refuse(conn, wait)
    const answer = door?.confirm(conn, 1) ?? 0
    if (answer === 0) return next()
    return Promise.resolve(answer).then((later) => (later > 0 ? refuse(conn, later) : next()))
  }

  return Object.assign(named('rateLimit', middleware), {
    messages: messageLimit(gates, {
      clock,
      over,
      tell: (conn, limit, action, bytes, wait) => tell(conn, { limit, action, bytes, wait }),
    }),
    stats: (): RateLimitStats => ({
      refused: count.refuse,
      closed: count.close,
      dropped: count.drop,
      delayed: count.delay,
      storeFailures: health.failures,
      keys: [door, ...gates.map((gate) => gate.meter)].reduce((sum, one) => sum + (one?.size ?? 0), 0),
    }),
  })
}
