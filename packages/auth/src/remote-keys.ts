import { badOption, type Clock, MAX_DELAY, toError, whole } from '@linkspan/core'
import { createRemoteJWKSet, customFetch, errors, type FetchImplementation, type JWTVerifyGetKey } from 'jose'

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
 * Answers what finds a token's key among those at an address. Caching and rotation are jose's; here is what bounds a
 * request, in time and size, and what keeps an issuer that is down from being asked by every handshake.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 */
export function remoteKeys(given: RemoteKeys, clock: Clock): JWTVerifyGetKey {
  const timeout = whole('jwks.timeout', given.timeout ?? 2_000, 1, MAX_DELAY)
  const pause = whole('jwks.retryAfter', given.retryAfter ?? 5_000, 0, MAX_DELAY)
  let pausedUntil = -Infinity
  let failure: unknown

  const bounded: FetchImplementation = async (href, request) => {
    if (clock.monotonic() < pausedUntil) throw toError(failure)
    const deadline = new AbortController()
    const timer = clock.setTimeout(() => deadline.abort(new Error('the keys took too long')), timeout)
    try {
      const response = await fetch(href, { ...request, signal: deadline.signal })
      return new Response(await textOf(response), { status: response.status })
    } finally {
      clock.clearTimeout(timer)
      // Of an answer that is too long, the rest is not wanted.
      deadline.abort()
    }
  }

  const find = createRemoteJWKSet(addressOf(given.url), {
    [customFetch]: bounded,
    timeoutDuration: timeout,
    cacheMaxAge: whole('jwks.maxAge', given.maxAge ?? 600_000, 0, Number.MAX_SAFE_INTEGER),
    cooldownDuration: whole('jwks.cooldown', given.cooldown ?? 30_000, 0, MAX_DELAY),
    headers: { ...given.headers },
  })
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

async function textOf(response: Response): Promise<string> {
  if (response.status !== 200 || response.body === null) return ''
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
