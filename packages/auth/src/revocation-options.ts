import {
  type Bus,
  type Clock,
  type Identity,
  Log,
  type Logger,
  MAX_DELAY,
  systemClock,
  whole,
} from '@linkspan/core'
import type { RevocationEvent } from './revocation-events.js'
import type { CredentialReaders, Revocation } from './revocation-notice.js'

/**
 * What `revocation` can be told. Times are in milliseconds.
 *
 * @example
 * revocation({ bus, deadline: 10_000, remember: 3_600_000 })
 */
export interface RevocationOptions {
  /** What carries revocations to the other nodes, such as `app.bus('revocations')`. Default: none, there is one node. */
  readonly bus?: Bus<Revocation>
  /**
   * For how long this node may go on without knowing of new revocations. Then its connections are closed with 1013, and
   * handshakes refused with 503, until the bus is back. Default: 30,000.
   */
  readonly deadline?: number
  /** For how long a revocation is remembered: at least as long as any token lives. Default: 86,400,000, a day. */
  readonly remember?: number
  /** Revocations remembered at once; then the one that came first is forgotten, and an event says so. Default: 100,000. */
  readonly capacity?: number
  /** The session that credentials belong to. Default: the claim `sid`. */
  readonly session?: (identity: Identity) => string | undefined
  /** The id of the credentials themselves. Default: the claim `jti`. */
  readonly tokenId?: (identity: Identity) => string | undefined
  /** When the credentials were issued, in milliseconds since the epoch. Default: the claim `iat`, which has seconds. */
  readonly issuedAt?: (identity: Identity) => number | undefined
  /** Whole seconds after which a client that got 503 may come back. Default: 5. */
  readonly retryAfter?: number
  /** Hears of everything that happens to revocations on this node. Default: none. */
  readonly onEvent?: (event: RevocationEvent) => void
  readonly clock?: Clock
  /** Default: errors to the console. */
  readonly logger?: Logger
}

/** The options with every default filled in. */
export interface ResolvedRevocationOptions extends CredentialReaders {
  readonly bus: Bus<Revocation>
  readonly deadline: number
  readonly remember: number
  readonly capacity: number
  readonly retryAfter: number
  readonly onEvent: ((event: RevocationEvent) => void) | undefined
  readonly clock: Clock
  readonly log: Log
}

/** The bus of a single node: nobody else is there to hear, and nothing can be missed. */
const ALONE: Bus<Revocation> = {
  publish: async () => {},
  subscribe: () => () => {},
  status: () => 'up',
  onStatus: () => () => {},
}

/** @throws LinkspanError `LINKSPAN_OPTION` */
export function resolveRevocationOptions(options: RevocationOptions): ResolvedRevocationOptions {
  const { clock = systemClock } = options
  return {
    bus: options.bus ?? ALONE,
    deadline: whole('deadline', options.deadline ?? 30_000, 1, MAX_DELAY),
    remember: whole('remember', options.remember ?? 86_400_000, 1, Number.MAX_SAFE_INTEGER),
    capacity: whole('capacity', options.capacity ?? 100_000, 1, MAX_DELAY),
    session: options.session ?? ((identity) => textIn(identity, 'sid')),
    tokenId: options.tokenId ?? ((identity) => textIn(identity, 'jti')),
    issuedAt: options.issuedAt ?? issuedAt,
    retryAfter: whole('retryAfter', options.retryAfter ?? 5, 0, 86_400),
    onEvent: options.onEvent,
    clock,
    log: new Log(options.logger, clock),
  }
}

function textIn({ claims }: Identity, name: string): string | undefined {
  const claim = claims?.[name]
  return typeof claim === 'string' ? claim : undefined
}

/** RFC 7519 §4.1.6. */
function issuedAt({ claims }: Identity): number | undefined {
  const iat = claims?.['iat']
  return typeof iat === 'number' ? iat * 1_000 : undefined
}
