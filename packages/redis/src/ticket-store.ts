import type { RedisClient } from './client.js'
import { type CommandOptions, Commands } from './commands.js'
import { redisError } from './errors.js'
import { keysUnder } from './keys.js'

/**
 * What tickets in Redis can be told.
 *
 * @example
 * redisTickets(redis, { prefix: 'shop:ticket:' })
 */
export interface RedisTicketsOptions extends CommandOptions {
  /** What all keys begin with. No braces. Default: `'linkspan:ticket:'`. */
  readonly prefix?: string
}

/**
 * Tickets in Redis: a `TicketStore` of `@linkspan/auth`.
 *
 * @example
 * const store: RedisTickets = redisTickets(redis)
 */
export interface RedisTickets {
  /** Keeps a value for `ttl` milliseconds. */
  put(id: string, value: string, ttl: number): Promise<void>
  /** Removes a value and answers it, in one step: of two calls at once only one gets it. */
  take(id: string): Promise<string | undefined>
}

/**
 * Keeps tickets in Redis 6.2 or later, for several nodes: each is taken by one of them only. The client stays yours.
 * Calls reject with a LinkspanError where Redis fails, or does not answer in time.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`; TypeError for what is no client
 *
 * @example
 * linkspan().use(ticket({ store: redisTickets(redis) }))
 */
export function redisTickets(client: RedisClient, options: RedisTicketsOptions = {}): RedisTickets {
  const commands = new Commands(client, options)
  const keyOf = keysUnder(options.prefix ?? 'linkspan:ticket:')
  return {
    async put(id, value, ttl) {
      const key = keyOf(id)
      // An id is never used twice: what is there already is somebody else's.
      const answer = await commands.run(key, ['SET', key, value, 'PX', String(Math.ceil(ttl)), 'NX'])
      if (answer !== 'OK') throw redisError('Redis has a ticket under an id that is new.')
    },
    async take(id) {
      const key = keyOf(id)
      const value = await commands.run(key, ['GETDEL', key])
      return typeof value === 'string' ? value : undefined
    },
  }
}
