import {
  type Audience,
  CloseCode,
  type Connection,
  type Presence,
  Rejection,
  type Sendable,
  type SendResult,
} from '@linkspan/core'
import type { Household } from './household.js'
import { empty, type TenantTotals } from './tallies.js'
import { packed } from './wire.js'
import type { World } from './world.js'

/**
 * Whom to look for among the connections of a tenant; several at once narrow it down, none at all finds everybody.
 *
 * @example
 * tenants.of(app, 'acme').by({ subject: 'ada' })
 */
export interface TenantQuery {
  readonly subject?: string
  readonly topic?: string
  readonly address?: string
}

/**
 * What there is of one tenant on this node, and what there has been.
 *
 * @example
 * const { connections, totals }: TenantStats = tenants.of(app, 'acme').stats()
 */
export interface TenantStats {
  readonly connections: number
  /** Topics that its connections have joined; 0 where no quota counts them. Of those, each counted for itself. */
  readonly rooms: number
  readonly subscriptions: number
  /** 0 again for a tenant that was displaced by others. */
  readonly totals: TenantTotals
}

/**
 * One tenant of an application, and nothing of any other.
 *
 * @example
 * const acme = tenants.of(app, 'acme')
 * acme.to('news').send('only for acme')
 */
export interface TenantView<Data> {
  readonly id: string
  /** Those of this node, from when their tenant is known until they are closed. A snapshot. */
  readonly connections: readonly Connection<Data>[]
  /** Those of this node that a query finds. */
  by(query: TenantQuery): readonly Connection<Data>[]
  /** Everybody in a topic, on all nodes. */
  to(topic: string): Audience
  /** Who is in a topic, on all nodes. */
  presence<Meta = unknown>(topic: string): Presence<Meta>
  /** Sends to every active connection of the tenant, on all nodes; at most once. Answers as `app.emit` does. */
  broadcast(data: Sendable): SendResult
  /**
   * Closes the tenant's connections that a query finds, on all nodes; by default all, with 4000. Resolves to how many, when
   * they are closed; those of other nodes that have no tenant in their identity are closed too, and not counted.
   *
   * @throws LinkspanError `LINKSPAN_CLOSE_CODE`
   */
  disconnect(
    query?: Omit<TenantQuery, 'topic'>,
    close?: { readonly code?: number; readonly reason?: string },
  ): Promise<number>
  stats(): TenantStats
}

/** What a view looks at. */
export interface Viewed {
  readonly household: Household | undefined
  readonly totals: TenantTotals | undefined
}

/** The connections of a household that belong to one application and fit a query. */
export function found(
  household: Household | undefined,
  world: World,
  { subject, topic, address }: TenantQuery,
): readonly Connection<unknown>[] {
  const conns: Connection<unknown>[] = []
  for (const { conn, world: own } of household?.residents ?? []) {
    if (own !== world) continue
    if (subject !== undefined && conn.identity?.subject !== subject) continue
    if (topic !== undefined && !conn.topics.has(topic)) continue
    if (address !== undefined && conn.request.address !== address) continue
    conns.push(conn)
  }
  return conns
}

export function tenantView(id: string, world: World, look: () => Viewed): TenantView<unknown> {
  const scope = world.scope(id)
  const by = (query: TenantQuery): readonly Connection<unknown>[] => found(look().household, world, query)
  return {
    id,
    get connections() {
      return by({})
    },
    by,
    to: (topic) => scope.to(topic),
    presence: (topic) => scope.presence(topic),
    broadcast: (data) => {
      const word = packed(id, data)
      for (const conn of by({})) if (conn.state === 'active') conn.send(data)
      return world.emit(word)
    },
    disconnect: async (query = {}, { code = CloseCode.disconnected, reason } = {}) => {
      // Throws for a code that must not be sent, before anything is closed.
      const { subject, address } = new Rejection({ status: 403, code }) && query
      const narrow = { ...(subject !== undefined && { subject }), ...(address !== undefined && { address }) }
      // The core finds everybody whose identity names the tenant, on all nodes; of the others each node knows its own.
      const named = world.disconnect(
        { tenant: id, ...narrow },
        { code, ...(reason !== undefined && { reason }) },
      )
      const unnamed = by(narrow).filter((conn) => conn.identity?.tenant === undefined)
      for (const conn of unnamed) conn.close(code, reason)
      world.emit({ type: 'disconnect', tenant: id, query: narrow, code, reason })
      await Promise.all(unnamed.map((conn) => conn.closed))
      return (await named) + unnamed.length
    },
    stats: () => {
      const { household, totals } = look()
      household?.recount()
      return {
        connections: by({}).length,
        rooms: household?.rooms ?? 0,
        subscriptions: household?.subscriptions ?? 0,
        totals: { ...empty(), ...totals },
      }
    },
  }
}
