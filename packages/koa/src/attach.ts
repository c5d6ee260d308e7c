import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Attachment, attachHost, type HostOptions, type UpgradeServer } from '@linkspan/ws/host'

/** Which upgrade requests of a server go to Koa. */
export type AttachOptions = HostOptions

/**
 * A Koa application, whatever its state and context are.
 *
 * @example
 * const koa: KoaApplication = new Koa<State, Context>()
 */
export interface KoaApplication {
  callback(): (req: IncomingMessage, res: ServerResponse) => Promise<void>
}

/**
 * Sends a server's upgrade requests through Koa: its middleware sees them as GET requests. Call it when all middleware
 * is in use, as `koa.listen`.
 *
 * Where the server has other `'upgrade'` listeners, give the `path`s that are Koa's; without, a path that it answers
 * with 404 is left to them.
 *
 * Answers what takes it off the server again. An application is served by it from its first upgrade on.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for a malformed pattern.
 *
 * @example
 * const server = koa.listen(3000)
 * attach(server, koa)
 */
export function attach(server: UpgradeServer, koa: KoaApplication, options?: AttachOptions): Attachment {
  const handle = koa.callback()
  return attachHost(server, (req, res) => void handle(req, res), options)
}
