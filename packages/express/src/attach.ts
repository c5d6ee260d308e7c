import { type Attachment, attachHost, type HostOptions, type UpgradeServer } from '@linkspan/ws/host'
import type { Express } from 'express'

/** Which upgrade requests of a server go to Express. */
export type AttachOptions = HostOptions

/**
 * Sends a server's upgrade requests through Express: its middleware and routes see them as GET requests.
 *
 * Where the server has other `'upgrade'` listeners, give the `path`s that are Express's; without, a path that it answers
 * with 404 is left to them.
 *
 * Answers what takes it off the server again. An application is served by it from its first upgrade on.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for a malformed pattern.
 *
 * @example
 * const server = web.listen(3000)
 * attach(server, web)
 */
export function attach(server: UpgradeServer, web: Express, options?: AttachOptions): Attachment {
  return attachHost(server, web, options)
}
