import {
  type Clock,
  CloseCode,
  type Connection,
  MAX_DELAY,
  type Message,
  type MessageMiddleware,
  named,
} from '@linkspan/core'
import type { Meter } from './rate-limit-meter.js'

/**
 * What becomes of a message over the limit. `'close'`: the connection closes with 4101. `'drop'`: it reaches no
 * handler. `'delay'`: its handler waits, and all later messages of that connection behind it.
 */
export type OverLimit = 'close' | 'drop' | 'delay'

/** One limit of messages. */
export interface MessageGate<Data> {
  readonly what: 'messages' | 'bytes'
  readonly meter: Meter<Data>
}

/** What the message limits share. */
export interface MessageTerms<Data> {
  readonly clock: Clock
  readonly over: OverLimit
  /** Tells the observer. `wait` in milliseconds. */
  readonly tell: (
    conn: Connection<Data>,
    limit: 'messages' | 'bytes',
    action: OverLimit,
    bytes: number,
    wait: number,
  ) => void
}

type Next = () => void | Promise<void>

/**
 * Limits messages: each goes through all gates, or through none behind the first that stays shut. Without a store, and
 * under the limit, that is synchronous.
 */
export function messageLimit<Data>(
  gates: readonly MessageGate<Data>[],
  { clock, over, tell }: MessageTerms<Data>,
): MessageMiddleware<Data> {
  const delays = over === 'delay'

  function enter(index: number, conn: Connection<Data>, message: Message, next: Next): void | Promise<void> {
    const gate = gates[index]
    if (gate === undefined) return next()
    const { what, meter } = gate
    const cost = costOf(gate, message)
    const wait = delays ? meter.borrow(conn, cost) : meter.take(conn, cost)
    if (wait === 0) return confirm(index, gate, conn, message, next)
    return hold(what, wait, conn, message, (lives) => {
      if (lives) return confirm(index, gate, conn, message, next)
      meter.giveBack(conn, cost)
    })
  }

  /** The node has nothing against it: what does the store say? */
  function confirm(
    index: number,
    gate: MessageGate<Data>,
    conn: Connection<Data>,
    message: Message,
    next: Next,
  ): void | Promise<void> {
    const answer = gate.meter.confirm(conn, costOf(gate, message))
    if (answer === 0) return enter(index + 1, conn, message, next)
    return Promise.resolve(answer).then((wait) =>
      wait === 0
        ? enter(index + 1, conn, message, next)
        : hold(gate.what, wait, conn, message, (lives) => {
            if (lives) return confirm(index, gate, conn, message, next)
          }),
    )
  }

  /** Over the limit. `after` is told whether it waited to the end, and not called where nothing waits. */
  function hold(
    what: 'messages' | 'bytes',
    wait: number,
    conn: Connection<Data>,
    message: Message,
    after: (lives: boolean) => void | Promise<void>,
  ): void | Promise<void> {
    if (over === 'close') conn.close(CloseCode.tooMany, `too many ${what}`)
    tell(conn, what, over, message.size, wait)
    if (!delays) return
    return pause(conn, clock, wait).then((lives) => {
      if (!lives) tell(conn, what, 'drop', message.size, wait)
      return after(lives)
    })
  }

  return named('rateLimitMessages', (conn, message, next) => enter(0, conn, message, next))
}

function costOf({ what }: MessageGate<never>, { size }: Message): number {
  return what === 'bytes' ? size : 1
}

/** Waits. Answers whether the connection is not closing: what it said too fast is not waited for then. */
function pause({ signal }: Connection<unknown>, clock: Clock, wait: number): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    const ended = (): void => {
      clock.clearTimeout(timer)
      resolve(false)
    }
    const timer = clock.setTimeout(
      () => {
        signal.removeEventListener('abort', ended)
        resolve(true)
      },
      Math.min(wait, MAX_DELAY),
    )
    signal.addEventListener('abort', ended, { once: true })
  })
}
