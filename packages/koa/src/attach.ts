import { attachHost, type HostOptions, type UpgradeServer } from '@linkspan/ws/host'
import type Koa from 'koa'

/** Which upgrade requests of a server go to Koa. */
export type AttachOptions = HostOptions

/**
 * Sends a server's upgrade requests through Koa: its middleware sees them as GET requests. Call it when all middleware
 * is in use, as `koa.listen`.
 *
 * Where the server has other `'upgrade'` listeners, give the `path`s that are Koa's; without, a path that it answers
 * with 404 is left to them.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for a malformed pattern.
 *
 * @example
 * const server = koa.listen(3000)
 * attach(server, koa)
 */
export function attach(server: UpgradeServer, koa: Koa, options?: AttachOptions): void {
  attachHost(server, koa.callback(), options)
}
