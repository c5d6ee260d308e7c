import {
  type Authenticated,
  badOption,
  type Clock,
  type Connection,
  type Identity,
  LinkspanError,
  MAX_DELAY,
  type Middleware,
  named,
  Rejection,
  systemClock,
  whole,
  within,
} from '@linkspan/core'
import { credentialsIn } from './credentials.js'
import { memoryTickets } from './memory-ticket-store.js'
import { type RefusalObserver, Refusals } from './refusals.js'
import { hashOf, isSecret, newSecret } from './ticket-secret.js'
import type { TicketStore } from './ticket-store.js'

/** Where a ticket may come from. */
export type TicketSource = 'query' | 'protocol'

/**
 * What {@link ticket} can be told. Times in milliseconds.
 *
 * @example
 * const options: TicketOptions = { ttl: 10_000, from: ['protocol'] }
 */
export interface TicketOptions {
  /** Where outstanding tickets are kept. Default: this process's memory, 10,000 of them. */
  readonly store?: TicketStore
  /** How long a ticket can be spent. Default: 30,000. */
  readonly ttl?: number
  /** Where a ticket may come from. Default: `['query', 'protocol']`. */
  readonly from?: readonly TicketSource[]
  /** The query parameter's name. Default: `'ticket'`. */
  readonly query?: string
  /** What the offered subprotocol begins with that carries the ticket. Default: `'ticket.'`. */
  readonly protocol?: string
  /** How long the store may take; then 503. Default: 2,000. */
  readonly storeTimeout?: number
  /** Seconds after which a client may try again when the store cannot be had. Default: 5. */
  readonly retryAfter?: number
  /** Hears why a ticket was refused; the client does not. */
  readonly refused?: RefusalObserver
  readonly clock?: Clock
}

/**
 * Middleware that takes tickets, and what issues them.
 *
 * @example
 * web.post('/ticket', async (req, res) => { res.json({ ticket: await tickets.issue({ subject: req.user.id }) }) })
 */
export interface TicketMiddleware extends Middleware<unknown, Authenticated> {
  /**
   * Makes a ticket for one handshake: 43 characters, 256 random bits. With `address`, only the client at that address can
   * spend it. The identity has to survive JSON.
   *
   * @throws LinkspanError `LINKSPAN_IDENTITY` for an identity without a subject
   * @throws Rejection 503 with `Retry-After` where too many are outstanding, or the store cannot be had.
   */
  issue(identity: Identity, bound?: { readonly address?: string }): Promise<string>
}

interface Ticket {
  readonly identity: Identity
  readonly address?: string
}

/**
 * Authenticates by a ticket: what a client has fetched over HTTP, where cookies and headers work, and spends in one
 * handshake, soon. A ticket that was never issued, or spent before, is 401.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 *
 * @example
 * const tickets = ticket()
 * app.use(tickets)
 */
export function ticket(options: TicketOptions = {}): TicketMiddleware {
  const clock = options.clock ?? systemClock
  const store = options.store ?? memoryTickets({ clock })
  const ttl = whole('ttl', options.ttl ?? 30_000, 1, MAX_DELAY)
  const storeTimeout = whole('storeTimeout', options.storeTimeout ?? 2_000, 1, MAX_DELAY)
  const retryAfter = whole('retryAfter', options.retryAfter ?? 5, 0, 86_400)
  const { from = ['query', 'protocol'], query = 'ticket', protocol = 'ticket.' } = options
  if (from.length === 0) throw badOption('from takes some of query, protocol.')
  const names = { query, protocol, cookie: '' }
  const refusals = new Refusals('Ticket', options.refused)

  const ask = async <Value>(call: () => Promise<Value>): Promise<Value> => {
    try {
      return await within(clock, storeTimeout, call(), () => new Error(`no answer within ${storeTimeout} ms`))
    } catch (thrown) {
      throw thrown instanceof Rejection ? thrown : refusals.unavailable(thrown, retryAfter)
    }
  }

  const spend = async (secret: string, address: string): Promise<Identity> => {
    const id = await hashOf(secret)
    const kept = await ask(() => store.take(id))
    if (kept === undefined) throw refusals.unauthorized('unknown')
    const found = read(kept)
    if (found === undefined) throw refusals.unavailable(new Error('the store answered no ticket'), retryAfter)
    if (found.address !== undefined && found.address !== address) throw refusals.unauthorized('unknown')
    const { expiresAt } = found.identity
    if (expiresAt !== undefined && expiresAt <= clock.now()) throw refusals.unauthorized('expired')
    return found.identity
  }

  const identify = (conn: Connection<unknown>): Promise<Identity> => {
    const [secret, ...others] = credentialsIn(conn.request, from, names)
    if (others.length > 0) throw refusals.unauthorized('ambiguous')
    if (secret === undefined) throw refusals.unauthorized('missing')
    if (!isSecret(secret)) throw refusals.unauthorized('malformed')
    return spend(secret, conn.request.address)
  }

  const middleware: Middleware<unknown, Authenticated> = (conn, next) =>
    identify(conn).then((identity) => {
      conn.authenticate(identity)
      return next<Authenticated>()
    })

  const issue: TicketMiddleware['issue'] = async (identity, { address } = {}) => {
    if (typeof identity?.subject !== 'string' || identity.subject === '') {
      throw new LinkspanError('LINKSPAN_IDENTITY', 'a ticket is for somebody: its identity needs a subject.')
    }
    const secret = newSecret()
    const kept: Ticket = { identity, ...(address !== undefined && { address }) }
    const id = await hashOf(secret)
    await ask(() => store.put(id, JSON.stringify(kept), ttl))
    return secret
  }
  return Object.assign(named('ticket', middleware), { issue })
}

/** What a store holds is ours, unless others write there: the error of a parser would repeat it. */
function read(kept: string): Ticket | undefined {
  try {
    const found = JSON.parse(kept) as Ticket | null
    return typeof found?.identity?.subject === 'string' ? found : undefined
  } catch {
    return undefined
  }
}
