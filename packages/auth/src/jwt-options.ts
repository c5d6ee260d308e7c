import type { Clock, Identity, Message } from '@linkspan/core'
import type { JSONWebKeySet, JWTPayload } from 'jose'
import type { VerificationKey } from './algorithms.js'
import type { RequestSource } from './credentials.js'
import type { RefusalObserver } from './refusals.js'
import type { RemoteKeys } from './remote-keys.js'

/** Where a token may come from. */
export type TokenSource = RequestSource | 'message'

/**
 * How the first message carries the token: it is the token (`'text'`), it is `{"type":"auth","token":"..."}` (`'json'`),
 * or a function finds it; what that throws, and `undefined`, is a refusal.
 */
export type TokenMessage = 'text' | 'json' | ((message: Message) => string | undefined)

/**
 * What tokens are verified with: exactly one of them.
 *
 * @example
 * const trust: JwtTrust = { jwks: 'https://login.example/.well-known/jwks.json' }
 */
export type JwtTrust =
  | {
      /** Shared with the issuer: at least 32 bytes (48 for HS384, 64 for HS512). A text counts in UTF-8. */
      readonly secret: string | Uint8Array
      readonly key?: never
      readonly jwks?: never
    }
  | {
      /** The issuer's public key: a CryptoKey, a KeyObject, as `createPublicKey(pem)` makes it, or a JWK. */
      readonly key: VerificationKey
      readonly secret?: never
      readonly jwks?: never
    }
  | {
      /** The issuer's key set: its address, or the set itself. */
      readonly jwks: string | URL | RemoteKeys | JSONWebKeySet
      readonly secret?: never
      readonly key?: never
    }

/**
 * What else {@link jwt} can be told. Times in milliseconds.
 *
 * @example
 * const settings: JwtSettings = { issuer: 'https://login.example', audience: 'chat', from: ['header', 'cookie'] }
 */
export interface JwtSettings {
  /** The `iss` of a token has to be this, or one of these. Default: not looked at. */
  readonly issuer?: string | readonly string[]
  /** The `aud` of a token has to be, or to contain, this or one of these. Default: not looked at. */
  readonly audience?: string | readonly string[]
  /** The `typ` in a token's header, such as `'at+jwt'` (RFC 8725 §3.11). Default: not looked at. */
  readonly typ?: string
  /**
   * Which signatures count. Default: HS256 for a secret; what the key is made for; every asymmetric one for a key set.
   * `none` never does.
   */
  readonly algorithms?: readonly string[]
  /** How far the issuer's clock may be off, 0 to 600,000: `nbf` counts so much earlier, `exp` so much later. Default: 0. */
  readonly clockTolerance?: number
  /** Whether a token may go without `exp`, and its connection never expire. Default: `false`. */
  readonly allowNoExpiry?: boolean
  /** Where a token may come from. Default: `['header', 'protocol']`, what no browser sends by itself. */
  readonly from?: readonly TokenSource[]
  /** The cookie's name. Default: `'token'`. */
  readonly cookie?: string
  /** The query parameter's name. Default: `'access_token'` (RFC 6750 §2.3). */
  readonly query?: string
  /** What the offered subprotocol begins with that carries the token. Default: `'bearer.'`. */
  readonly protocol?: string
  /** How the first message carries the token. Default: `'text'`. */
  readonly message?: TokenMessage
  /**
   * How long the first message may take, from the 101 on; with `handshakeTimeout` it ends, too. A client that does not speak
   * gets 4010 either way. Default: 3,000.
   */
  readonly messageTimeout?: number
  /** Characters of the longest token; a longer one is refused unread. Default: 8,192. */
  readonly maxLength?: number
  /** Whom the claims speak of. Default: `sub`, `tenant`, `roles`, `scope`. `expiresAt`, where it leaves it out, is `exp`. */
  readonly identity?: (payload: JWTPayload) => Identity
  /** Hears why a token was refused; the client does not. */
  readonly refused?: RefusalObserver
  readonly clock?: Clock
}

/** Everything that {@link jwt} can be told. */
export type JwtOptions = JwtSettings & JwtTrust
