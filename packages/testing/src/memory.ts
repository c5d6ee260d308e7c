import type { Linkspan } from '@linkspan/core'
import { FULL_SUPPORT, type HostFactory, type Supports, type TestHost } from './host.js'
import { MemoryAttempt } from './memory-attempt.js'
import type { Attempt, ConnectOptions } from './peer.js'

/**
 * What the memory transport can do: everything but bytes that are no frames, since there are only frames in it.
 *
 * @example
 * describeTransport({ factory: memoryHost, supports: MEMORY_SUPPORT })
 */
export const MEMORY_SUPPORT: Supports = { ...FULL_SUPPORT, rawFrames: false }

/**
 * Puts an application on a transport without sockets: everything stays in this process, and whatever one side does the
 * other hears of in a microtask, in order. Back-pressure, closing handshakes, limits and violations are those of a real
 * server.
 *
 * @example
 * const host = await memoryHost(app)
 * const answer = await host.connect({ path: '/chat' }).answer
 */
export const memoryHost: HostFactory = (app) => Promise.resolve(new MemoryHost(app))

class MemoryHost implements TestHost {
  readonly #app: Linkspan<unknown>
  readonly #attempts = new Set<MemoryAttempt>()
  #closed = false

  constructor(app: Linkspan<unknown>) {
    this.#app = app
  }

  connect(options: ConnectOptions = {}): Attempt {
    const attempt: MemoryAttempt = new MemoryAttempt(this.#app, options, () => this.#attempts.delete(attempt))
    this.#attempts.add(attempt)
    if (this.#closed) attempt.sever()
    return attempt
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const attempt of [...this.#attempts]) attempt.sever()
    // The core hears of it in a microtask: it should have before this promise resolves.
    await new Promise(setImmediate)
  }
}
