import { badOption, type Clock, MAX_DELAY, toError, whole, within } from '@linkspan/core'
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'

/**
 * The keys of an issuer, by the address where it publishes them (RFC 7517 §5). Times in milliseconds.
 *
 * @example
 * jwt({ jwks: { url: 'https://login.example/.well-known/jwks.json', timeout: 1_000 } })
 */
export interface RemoteKeys {
  /** `https:`, or `http:` where the way there is yours alone. */
  readonly url: string | URL
  /** How long one request may take; less than the handshake has. Default: 2,000. */
  readonly timeout?: number
  /** How long fetched keys are used before they are fetched again. Default: 600,000. */
  readonly maxAge?: number
  /** A token with an unknown `kid` has the keys fetched again, this often at most. Default: 30,000. */
  readonly cooldown?: number
  /** After a request that failed there is none for so long: handshakes that need keys get 503 at once. Default: 5,000. */
  readonly retryAfter?: number
  /** Further headers of the request. Default: none. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Bytes that a key set may have. */
const MOST_BYTES = 1_048_576

/** The keys cannot be had at the moment; says nothing about a token. */
export class KeysUnavailable extends Error {
  override readonly name: string = 'KeysUnavailable'
  /** Whole seconds. */
  readonly retryAfter: number

  constructor(cause: unknown, wait: number) {
    super('the keys cannot be had', { cause })
    this.retryAfter = Math.max(1, Math.ceil(wait / 1_000))
  }
}

/**
 * Answers what finds a token's key among those at an address. Which key fits is jose's to say; when keys are fetched, and
 * for how long they count, is said here: its own cache follows the platform's clock. Requests are bounded in time and
 * size, there is one at a time, and an issuer that is down is not asked by every handshake.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 */
export function remoteKeys(given: RemoteKeys, clock: Clock): JWTVerifyGetKey {
  const url = addressOf(given.url)
  const timeout = whole('jwks.timeout', given.timeout ?? 2_000, 1, MAX_DELAY)
  const maxAge = whole('jwks.maxAge', given.maxAge ?? 600_000, 0, Number.MAX_SAFE_INTEGER)
  const cooldown = whole('jwks.cooldown', given.cooldown ?? 30_000, 0, MAX_DELAY)
  const pause = whole('jwks.retryAfter', given.retryAfter ?? 5_000, 0, MAX_DELAY)
  const headers = new Headers({ accept: 'application/json, application/jwk-set+json', ...given.headers })
  let keys: JWTVerifyGetKey | undefined
  let fetchedAt = 0
  let fetching: Promise<JWTVerifyGetKey> | undefined
  let pausedUntil = -Infinity
  let failure: unknown

  const age = (): number => clock.monotonic() - fetchedAt

  async function fetchKeys(): Promise<JWTVerifyGetKey> {
    if (clock.monotonic() < pausedUntil) throw toError(failure)
    const abort = new AbortController()
    const late = (): Error => new Error('the keys took too long')
    try {
      const answer = fetch(url, { headers, redirect: 'manual', signal: abort.signal }).then(textOf)
      keys = createLocalJWKSet(keySetIn(await within(clock, timeout, answer, late)))
      fetchedAt = clock.monotonic()
      return keys
    } finally {
      // Of an answer that is late, or too long, the rest is not wanted.
      abort.abort()
    }
  }

  function reload(): Promise<JWTVerifyGetKey> {
    fetching ??= fetchKeys().finally(() => {
      fetching = undefined
    })
    return fetching
  }

  const find: JWTVerifyGetKey = async (header, token) => {
    const known = keys !== undefined && age() < maxAge ? keys : await reload()
    try {
      return await known(header, token)
    } catch (thrown) {
      if (!(thrown instanceof errors.JWKSNoMatchingKey) || age() < cooldown) throw thrown
      return (await reload())(header, token)
    }
  }

  return async (header, token) => {
    try {
      return await find(header, token)
    } catch (thrown) {
      if (isAboutToken(thrown)) throw thrown
      const now = clock.monotonic()
      if (now >= pausedUntil) {
        failure = thrown
        pausedUntil = now + pause
      }
      throw new KeysUnavailable(thrown, pausedUntil - now)
    }
  }
}

/** Whether the key set is in order, and the token names no key of it. */
function isAboutToken(thrown: unknown): boolean {
  return thrown instanceof errors.JWKSNoMatchingKey || thrown instanceof errors.JWKSMultipleMatchingKeys
}

/** Whether it is one is for jose to see. The parser's own error would repeat the answer. */
function keySetIn(text: string): JSONWebKeySet {
  try {
    return JSON.parse(text) as JSONWebKeySet
  } catch {
    throw new Error('the issuer answered no JSON in place of its keys')
  }
}

async function textOf(response: Response): Promise<string> {
  if (response.status !== 200 || response.body === null) {
    throw new Error(`the issuer answered ${response.status} in place of its keys`)
  }
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body) {
    bytes += chunk.byteLength
    if (bytes > MOST_BYTES) throw new Error(`the keys are more than ${MOST_BYTES} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text
}

function addressOf(given: string | URL): URL {
  const url = URL.canParse(String(given)) ? new URL(given) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url
  throw badOption('jwks takes the address of a key set, with https: or http:, or the key set itself.')
}
