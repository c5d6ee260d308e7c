import { type Handshake, HandshakeRequest, type Linkspan } from '@linkspan/core'

/**
 * Does for the memory host, which routes nothing, what a server's router does: an application behind a pattern, whose
 * named groups are the route's parameters.
 */
export function routed(app: Linkspan<unknown>, pattern: RegExp): Linkspan<unknown> {
  const handle = (handshake: Handshake): void => {
    const { url, path, headers, address } = handshake.request
    const params = pattern.exec(decodeURIComponent(path))?.groups ?? {}
    app.handle({
      request: new HandshakeRequest({ url, headers, address, params }),
      accept: (upgrade) => handshake.accept(upgrade),
      reject: (status, answer, body) => handshake.reject(status, answer, body),
      onAbort: (callback) => handshake.onAbort(callback),
    })
  }
  return new Proxy(app, {
    get: (target, key) => (key === 'handle' ? handle : Reflect.get(target, key, target)),
  })
}
