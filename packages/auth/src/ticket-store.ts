/**
 * Where outstanding tickets are kept: one process's memory, or what several nodes share. The ids are hashes: who reads the
 * store has no ticket.
 *
 * @example
 * const store: TicketStore = {
 *   put: async (id, value, ttl) => { await redis.set(id, value, 'PX', ttl) },
 *   take: async (id) => (await redis.getdel(id)) ?? undefined,
 * }
 */
export interface TicketStore {
  /**
   * Keeps a value for `ttl` milliseconds. The id was never used before.
   *
   * @throws Rejection 503 where there is room for no more.
   */
  put(id: string, value: string, ttl: number): Promise<void>
  /** Removes a value and answers it, in one step: of two calls at once only one gets it. `undefined`: there is none. */
  take(id: string): Promise<string | undefined>
}
