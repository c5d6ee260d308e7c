/**
 * Holds the tenant of whatever runs: an `AsyncLocalStorage<string>` of `node:async_hooks` is one.
 *
 * @example
 * tenancy({ resolve, storage: new AsyncLocalStorage<string>() })
 */
export interface TenantStorage {
  run<Result>(tenant: string, callback: () => Result): Result
  getStore(): string | undefined
}
