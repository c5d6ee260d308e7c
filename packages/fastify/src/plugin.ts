import type { DrainOptions } from '@linkspan/core'
import { attachHost, type HostOptions } from '@linkspan/ws/host'
import type { FastifyPluginCallback } from 'fastify'
import { appsOn } from './mounted.js'

/**
 * Which upgrade requests go to Fastify, and how its connections end.
 *
 * @example
 * fastify.register(plugin, { path: '/chat/:room', drain: { grace: 10_000 } })
 */
export interface PluginOptions extends HostOptions {
  /** How `fastify.close()` drains. Default: as `app.drain()` does. */
  readonly drain?: DrainOptions
}

/**
 * Sends the server's upgrade requests through Fastify, and drains the applications they reached when Fastify closes.
 *
 * Where the server has other `'upgrade'` listeners, give the `path`s that are Fastify's; without, a path that it answers
 * with 404 is left to them.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for a malformed pattern.
 *
 * @example
 * fastify.register(plugin)
 */
export const plugin: FastifyPluginCallback<PluginOptions> = (fastify, options, done) => {
  const attachment = attachHost(fastify.server, fastify.routing, options)
  fastify.addHook('preClose', async () => {
    await Promise.all([...appsOn(fastify.server)].map((app) => app.drain(options.drain)))
    attachment.detach()
  })
  done()
}

// As fastify-plugin does it: the hook is the whole server's, and a second copy of us is named in errors.
Object.assign(plugin, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@linkspan/fastify',
})
