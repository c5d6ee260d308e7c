import { Server } from 'node:net'
import type { Clock } from '@linkspan/core'

/**
 * A server, or whatever else can be closed: of `node:http`, `node:https` or `node:net`, a Fastify instance, an app of
 * uWebSockets.js, a client of a store. `close` is over when the promise it returns settles; else, where it takes a
 * callback, when it calls that; else at once.
 *
 * @example
 * const closable: Closable = createServer()
 */
export interface Closable {
  close(callback?: (error?: Error) => void): unknown
}

/** Milliseconds between looks for connections that have become idle. */
const IDLE_CHECK = 100
/**
 * Milliseconds that an app of uWebSockets.js is left alone before its `close` cuts every socket: where the system still
 * has unread bytes of a client, it answers a cut with a reset, which can overtake the close frame (RFC 9112 §9.6).
 */
const LINGER = 500

/** The end of one server. */
export class ServerEnd {
  readonly #server: Closable
  readonly #clock: Clock
  #timer: unknown
  #asked: Promise<void> | undefined

  constructor(server: Closable, clock: Clock) {
    this.#server = server
    this.#clock = clock
  }

  /** Resolves when it is closed. */
  async end(): Promise<undefined> {
    if (isUws(this.#server)) await this.#pause(LINGER)
    const closed = this.#close()
    if (closesConnections(this.#server)) this.#closeIdle(this.#server)
    try {
      await closed
    } finally {
      this.#clock.clearTimeout(this.#timer)
    }
    return undefined
  }

  /** Ends at once what is left. */
  cut(): void {
    this.#clock.clearTimeout(this.#timer)
    // Whatever becomes of it, nobody waits any more.
    this.#close().catch(() => {})
    if (closesConnections(this.#server)) this.#server.closeAllConnections()
  }

  #close(): Promise<void> {
    this.#asked ??= close(this.#server)
    return this.#asked
  }

  /** A connection that is kept alive for further requests becomes idle when its last one is answered. */
  #closeIdle(server: ClosesConnections): void {
    server.closeIdleConnections()
    this.#timer = this.#clock.setTimeout(() => this.#closeIdle(server), IDLE_CHECK)
  }

  #pause(time: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timer = this.#clock.setTimeout(resolve, time)
    })
  }
}

/** Closes it by its own means. */
export async function close(closable: Closable): Promise<void> {
  let settle: (error?: Error) => void = () => {}
  const called = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === undefined || error === null || isClosed(error) ? resolve() : reject(error))
  })
  const returned = closable.close(settle)
  if (returned !== closable && isThenable(returned)) {
    // It may call back, too.
    called.catch(() => {})
    await returned
  } else if (closable instanceof Server || closable.close.length > 0) {
    await called
  }
}

/** It was closed before: nothing is left to do. */
function isClosed(error: Error): boolean {
  return 'code' in error && error.code === 'ERR_SERVER_NOT_RUNNING'
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Object && 'then' in value && typeof value.then === 'function'
}

function isUws(server: object): boolean {
  return 'publish' in server && 'numSubscribers' in server
}

interface ClosesConnections {
  closeIdleConnections(): void
  closeAllConnections(): void
}

function closesConnections(server: object): server is ClosesConnections {
  return 'closeIdleConnections' in server && 'closeAllConnections' in server
}
