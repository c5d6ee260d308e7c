import type { TestHost } from './host.js'
import type { Attempt, ConnectOptions } from './peer.js'
import { SocketAttempt, type SocketTarget } from './socket-attempt.js'

export type { SocketTarget } from './socket-attempt.js'

/**
 * A server that listens, and how to end it.
 *
 * @example
 * const options: SocketHostOptions = { connect: { port }, close: () => new Promise((done) => server.close(() => done())) }
 */
export interface SocketHostOptions extends SocketTarget {
  /** Ends the server. Every socket that a test opened is gone by then, on the client's side. */
  close(): Promise<void>
}

/**
 * Makes a host out of a server that listens: its clients speak HTTP and WebSocket by hand, over sockets of Node.
 *
 * @example
 * const { port } = server.address() as AddressInfo
 * return socketHost({ connect: { port, host: '127.0.0.1' }, close: () => new Promise((done) => server.close(() => done())) })
 */
export function socketHost(options: SocketHostOptions): TestHost {
  const attempts = new Set<SocketAttempt>()
  const connect = (request: ConnectOptions = {}): Attempt => {
    const attempt = new SocketAttempt(options, request)
    attempts.add(attempt)
    void attempt.over.then(() => attempts.delete(attempt))
    return attempt
  }
  const close = async (): Promise<void> => {
    const left = [...attempts]
    for (const attempt of left) attempt.cut()
    await Promise.all(left.map((attempt) => attempt.over))
    await options.close()
  }
  return { connect, listensAt: options, close }
}
