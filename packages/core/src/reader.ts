import { CloseCode } from './close.js'
import { forgive } from './deferred.js'
import type { Message } from './message.js'
import { Rejection } from './rejection.js'
import type { Runtime } from './runtime.js'

/** What a client that does not speak is refused with. */
export function nothingRead(): Rejection {
  return new Rejection({
    status: 408,
    code: CloseCode.authenticationFailed,
    reason: 'no message came in time',
  })
}

/** Somebody who waits for one message before the connection is active, against a deadline. */
export class Reader {
  readonly promise: Promise<Message>
  readonly #runtime: Runtime
  #resolve!: (message: Message) => void
  #reject!: (reason: Error) => void
  #timer: unknown

  constructor(runtime: Runtime, timeout: number, onTimeout: () => void) {
    this.#runtime = runtime
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    forgive(this.promise)
    runtime.counters.timers += 1
    this.#timer = runtime.options.clock.setTimeout(() => {
      onTimeout()
      this.fail(nothingRead())
    }, timeout)
  }

  give(message: Message): void {
    this.#stop()
    message.keep()
    this.#resolve(message)
  }

  fail(reason: Error): void {
    this.#stop()
    this.#reject(reason)
  }

  #stop(): void {
    this.#runtime.counters.timers -= 1
    this.#runtime.options.clock.clearTimeout(this.#timer)
  }
}
