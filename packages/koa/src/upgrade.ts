import type { HttpRefusal, Linkspan } from '@linkspan/core'
import { entrance } from '@linkspan/ws/host'
import type { Context, ParameterizedContext } from 'koa'

/** A middleware that can be the last one of a route, or of an application. */
export type UpgradeMiddleware = (ctx: ParameterizedContext) => Promise<void>

/**
 * Answers a middleware that gives upgrade requests to the application; other requests get 426.
 *
 * It settles when the application has accepted or refused. What other middleware does after `await next()` then still
 * runs, and what it sets leaves with the 101 or with the refusal. Needs `attach`.
 *
 * @example
 * router.get('/chat/:room', upgrade(app))
 */
export function upgrade(app: Linkspan<unknown>): UpgradeMiddleware {
  const enter = entrance(app)
  return (ctx) =>
    new Promise((resolve, reject) => {
      enter(ctx.req, {
        via: 'koa',
        url: ctx.originalUrl,
        address: ctx.ip,
        params: (ctx['params'] as Record<string, string> | undefined) ?? {},
        native: ctx,
        respond: (answer) => {
          try {
            respond(ctx as Context, answer)
            resolve()
          } catch (error) {
            // What others have put around the context is theirs, and so are its errors.
            reject(error as Error)
          }
        },
        gone: resolve,
      })
    })
}

function respond(ctx: Context, { status, headers, body }: HttpRefusal): void {
  const { 'set-cookie': cookies, ...others } = headers
  ctx.set(others)
  if (cookies !== undefined) ctx.append('set-cookie', cookies)
  // An empty body sets a status, so that ours comes after it.
  ctx.body = status === 101 ? null : body
  ctx.status = status
}
