import type { HttpRefusal, Linkspan } from '@linkspan/core'
import { entrance } from '@linkspan/ws/host'
import type { RequestHandler, Response } from 'express'

/**
 * Answers a route handler that gives upgrade requests to the application; other requests get 426.
 *
 * It is the last one of its route: whatever Express has before it runs on the upgrade, and what that sets on the response
 * leaves with the 101 or with the refusal. Needs `attach`.
 *
 * @example
 * web.get('/chat/:room', upgrade(app))
 */
export function upgrade(app: Linkspan<unknown>): RequestHandler {
  const enter = entrance(app)
  return (req, res, next) => {
    enter(req, {
      via: 'express',
      url: req.originalUrl,
      address: req.ip,
      params: paramsOf(req.params),
      native: req,
      respond: (answer) => {
        try {
          respond(res, answer)
        } catch (error) {
          // What others have put around the response is theirs, and so are its errors.
          next(error)
        }
      },
    })
  }
}

/** Express gives a wildcard's segments as a list. */
function paramsOf(given: Record<string, string | readonly string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, typeof value === 'string' ? value : value.join('/')]),
  )
}

// Not through `res.status().set().send()`, which would add a charset to the content type.
function respond(res: Response, { status, headers, body }: HttpRefusal): void {
  res.statusCode = status
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'set-cookie') res.append(name, value)
    else res.setHeader(name, value)
  }
  if (status === 101) {
    res.end()
    return
  }
  res.setHeader('content-length', Buffer.byteLength(body))
  res.end(body)
}
