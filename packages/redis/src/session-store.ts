import type { SaveOptions, SaveResult, SessionStore, StoredSession } from '@linkspan/core'
import type { RedisClient } from './client.js'
import { type CommandOptions, Commands } from './commands.js'
import { redisError } from './errors.js'
import { keysUnder } from './keys.js'
import { script } from './script.js'

/**
 * What a session store in Redis can be told.
 *
 * @example
 * redisStore(redis, { prefix: 'shop:session:' })
 */
export interface RedisStoreOptions extends CommandOptions {
  /** What all keys begin with; applications that share a Redis differ in it. No braces. Default: `'linkspan:session:'`. */
  readonly prefix?: string
}

/** By the clock of Redis, which is the one that ends the key. */
const EXPIRES_AT = `
local function expiresAt(ttl)
  local now = redis.call('TIME')
  return string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000) + ttl)
end
`

const LOAD = script(`
local held = redis.call('HMGET', KEYS[1], 'data', 'version')
if not held[1] or not held[2] then return false end
return { held[1], held[2], redis.call('PTTL', KEYS[1]) }
`)

const SAVE = script(`${EXPIRES_AT}
local id, data, version, ttl = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local held = redis.call('HGET', KEYS[1], 'version')
if not held and version ~= '0' then return 'gone' end
if held and held ~= version then return 'conflict' end
local at = expiresAt(ttl)
local after = string.format('%.0f', version + 1)
redis.call('HSET', KEYS[1], 'sessionId', id, 'data', data, 'version', after, 'expiresAt', at)
redis.call('PEXPIREAT', KEYS[1], at)
return 'saved'
`)

const TOUCH = script(`${EXPIRES_AT}
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local at = expiresAt(ARGV[1])
redis.call('HSET', KEYS[1], 'expiresAt', at)
return redis.call('PEXPIREAT', KEYS[1], at)
`)

/**
 * Keeps sessions in Redis 5 or later: each in a hash with `sessionId`, `data`, `version` and `expiresAt`, under
 * `<prefix>{<id>}`, with its time set in the same step. Every call is one round trip about one key, so a cluster does.
 * The client stays yours.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`; TypeError for what is no client
 *
 * @example
 * const redis = new Redis()
 * linkspan().use(session({ store: redisStore(redis, { prefix: 'shop:session:' }) }))
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): SessionStore {
  return new RedisStore(client, options)
}

class RedisStore implements SessionStore {
  readonly #commands: Commands
  readonly #key: (id: string) => string

  constructor(client: RedisClient, options: RedisStoreOptions) {
    this.#commands = new Commands(client, options)
    this.#key = keysUnder(options.prefix ?? 'linkspan:session:')
  }

  async load(id: string): Promise<StoredSession | undefined> {
    const answer = await this.#commands.runScript(LOAD, this.#key(id), [])
    if (answer === null) return undefined
    if (!Array.isArray(answer)) throw unexpected()
    const [data, version, ttl] = answer as unknown[]
    return { data: String(data), version: Number(version), ttl: Math.max(1, Number(ttl)) }
  }

  async save(id: string, data: string, { version, ttl }: SaveOptions): Promise<SaveResult> {
    const result = await this.#commands.runScript(SAVE, this.#key(id), [
      id,
      data,
      String(version),
      String(ttl),
    ])
    if (result === 'saved' || result === 'conflict' || result === 'gone') return result
    throw unexpected()
  }

  async touch(id: string, ttl: number): Promise<boolean> {
    return Number(await this.#commands.runScript(TOUCH, this.#key(id), [String(ttl)])) === 1
  }

  async destroy(id: string): Promise<boolean> {
    const key = this.#key(id)
    return Number(await this.#commands.run(key, ['DEL', key])) === 1
  }
}

function unexpected(): Error {
  return redisError('Redis answered something that is no answer to this.')
}
