import type { Linkspan } from '@linkspan/core'
import { entrance } from '@linkspan/ws/host'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { appsOn } from './mounted.js'

/** A handler that can be a route's. */
export type UpgradeHandler = (request: FastifyRequest, reply: FastifyReply) => void

/**
 * Answers a route handler that gives upgrade requests to the application; other requests get 426.
 *
 * The route's hooks run on the upgrade, `onSend` on the 101 or the refusal, and what they set leaves with it. Needs the
 * plugin.
 *
 * @example
 * fastify.get('/chat/:room', { preHandler: authenticate }, upgrade(app))
 */
export function upgrade(app: Linkspan<unknown>): UpgradeHandler {
  const enter = entrance(app)
  return (request, reply) => {
    appsOn(request.server.server).add(app)
    enter(request.raw, {
      via: 'fastify',
      url: request.originalUrl,
      address: request.ip,
      params: request.params as Record<string, string>,
      native: request,
      respond: ({ status, headers, body }) => {
        // Bytes, because Fastify adds a charset to the type of text.
        void reply
          .code(status)
          .headers(headers)
          .send(status === 101 ? undefined : Buffer.from(body))
      },
    })
  }
}
