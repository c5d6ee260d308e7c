import { runWithin } from './around.js'
import type { Connection } from './connection.js'
import { wrap } from './errors.js'
import type { Event } from './event.js'
import type { Message } from './message.js'
import type { Handled } from './middleware.js'
import type { AroundMessage, ConnectionEvent, Flow, Outcome, Step, Watcher } from './ports/observer.js'
import type { Payload } from './ports/transport.js'
import type { Runtime } from './runtime.js'
import type { LifecycleState } from './state.js'

/** The watchers of one connection. Whatever they throw, the connection goes on. */
export class Watched {
  readonly #runtime: Runtime
  readonly #conn: Connection<never>
  readonly #watchers: readonly Watcher[]
  /** Whether any of them goes around messages. */
  readonly surrounds: boolean

  constructor(runtime: Runtime, conn: Connection<never>, watchers: readonly Watcher[]) {
    this.#runtime = runtime
    this.#conn = conn
    this.#watchers = watchers
    this.surrounds = watchers.some((watcher) => watcher.message !== undefined)
  }

  /** Whoever watches. */
  get all(): readonly Watcher[] {
    return this.#watchers
  }

  /** The same, and one more. */
  and(watcher: Watcher): Watched {
    return new Watched(this.#runtime, this.#conn, this.#watchers.concat([watcher]))
  }

  flow(flow: Flow): void {
    this.#tell((watcher) => watcher.flow?.(this.#conn, flow))
  }

  handshake(run: () => void): void {
    const enter = (watcher: Watcher, inner: () => void): void => watcher.handshake?.(this.#conn, inner)
    runWithin(this.#watchers, run, enter, (thrown) => this.#threw(thrown))
  }

  context(capture: () => void): void {
    const enter = (watcher: Watcher, inner: () => void): void => watcher.context?.(this.#conn, inner)
    runWithin(this.#watchers, capture, enter, (thrown) => this.#threw(thrown))
  }

  step(step: Step): void {
    this.#tell((watcher) => watcher.step?.(this.#conn, step))
  }

  admitted(outcome: Outcome): void {
    this.#tell((watcher) => watcher.admitted?.(this.#conn, outcome))
  }

  input(event: Event, from: LifecycleState, to: LifecycleState): void {
    this.#tell((watcher) => watcher.input?.(this.#conn, event, from, to))
  }

  pinged(missed: boolean): void {
    this.#tell((watcher) => watcher.pinged?.(this.#conn, missed))
  }

  ponged(rtt: number): void {
    this.#tell((watcher) => watcher.ponged?.(this.#conn, rtt))
  }

  event(event: ConnectionEvent, details: readonly unknown[]): void {
    this.#tell((watcher) => watcher.event?.(this.#conn, event, details))
  }

  // Those of every message make no closure, and a `try` is around all watchers: one for each takes longer than they do. Where
  // one throws, the others are told by beginning again behind it.

  received(message: Message, first = 0): void {
    const watchers = this.#watchers
    let at = first
    try {
      for (; at < watchers.length; at += 1) watchers[at]?.received?.(this.#conn, message)
    } catch (thrown) {
      this.#threw(thrown)
      this.received(message, at + 1)
    }
  }

  sent(data: Payload, first = 0): void {
    const watchers = this.#watchers
    let at = first
    try {
      for (; at < watchers.length; at += 1) watchers[at]?.sent?.(this.#conn, data)
    } catch (thrown) {
      this.#threw(thrown)
      this.sent(data, at + 1)
    }
  }

  /** What is to go around the handling of a message: of most messages nothing. */
  around(message: Message, first = 0, inner?: AroundMessage): AroundMessage | undefined {
    const watchers = this.#watchers
    let whole = inner
    let at = first
    try {
      for (; at < watchers.length; at += 1) {
        const around = watchers[at]?.message?.(this.#conn, message)
        if (around !== undefined) whole = this.#upon(whole, around)
      }
      return whole
    } catch (thrown) {
      this.#threw(thrown)
      return this.around(message, at + 1, whole)
    }
  }

  #upon(inner: AroundMessage | undefined, around: AroundMessage): AroundMessage {
    return (handle) => this.#guarded(around, inner === undefined ? handle : () => inner(handle))
  }

  /** What a handler throws is the handler's; what else is thrown there is the watcher's, and no message is lost by it. */
  #guarded(around: AroundMessage, handle: () => Handled): Handled {
    let handled: { readonly answer: Handled } | { readonly thrown: unknown } | undefined
    const once = (): Handled => {
      try {
        const answer = handle()
        handled = { answer }
        return answer
      } catch (thrown) {
        handled = { thrown }
        throw thrown
      }
    }
    try {
      const answer = around(once)
      if (handled !== undefined) return answer
    } catch (thrown) {
      if (handled !== undefined && 'thrown' in handled) throw handled.thrown
      this.#threw(thrown)
      if (handled !== undefined) return handled.answer
    }
    return handle()
  }

  #tell(call: (watcher: Watcher) => void): void {
    for (const watcher of this.#watchers) {
      try {
        call(watcher)
      } catch (thrown) {
        this.#threw(thrown)
      }
    }
  }

  #threw(thrown: unknown): void {
    this.#runtime.report(
      wrap('LINKSPAN_LISTENER', 'a watcher threw: observers must not.', thrown),
      this.#conn,
    )
  }
}
