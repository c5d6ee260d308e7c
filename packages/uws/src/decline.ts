import type { HttpRequest, HttpResponse } from 'uWebSockets.js'
import { checkUpgrade, type HttpRefusal, httpRefusal, type Linkspan, Rejection } from '@linkspan/core'
import { answer } from './handshake.js'
import { copyRequest } from './request.js'

/**
 * Answers what `uws.any(pattern, …)` takes: it refuses what never gets to `.ws()` of that pattern, such as another
 * method, a missing key or a plain request, as every other transport does. A sound upgrade request, which nobody else
 * took, is answered with 404.
 *
 * @example
 * uws.any('/chat/:room', decline(app))
 */
export function decline(_app: Linkspan<unknown>): (res: HttpResponse, req: HttpRequest) => void {
  return (res, req) => answer(res, checkUpgrade(copyRequest(req)) ?? notFound())
}

/** There is nothing at this path. */
export function notFound(): HttpRefusal {
  return httpRefusal(new Rejection({ status: 404 }))
}
