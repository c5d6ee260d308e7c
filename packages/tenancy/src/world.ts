import type { Connection, ConnectionQuery, Linkspan, Scope, SendResult } from '@linkspan/core'

/** What is needed of an application, whatever its data. */
export interface World {
  find(id: string): Connection<unknown> | undefined
  scope(name: string): Scope
  emit(payload: unknown): SendResult
  disconnect(
    query: ConnectionQuery,
    close: { readonly code?: number; readonly reason?: string },
  ): Promise<number>
}

/** The name of what nodes say to each other of tenants. */
export const EVENT = '@linkspan/tenancy'

export function worldOf<Data>(app: Linkspan<Data>): World {
  return {
    find: (id) => app.connections.get(id) as Connection<unknown> | undefined,
    scope: (name) => app.scope(name),
    emit: (payload) => app.emit(EVENT, payload),
    disconnect: (query, close) => app.disconnect(query, close),
  }
}
