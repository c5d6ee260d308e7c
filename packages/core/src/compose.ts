import type { Connection } from './connection.js'
import { LinkspanError } from './errors.js'
import { promiseOf } from './inbox.js'
import type { Message } from './message.js'
import type { Handled, MessageMiddleware } from './middleware.js'

/** All message middleware of an app as one function. */
export type Handler = (conn: Connection<never>, message: Message) => Handled

const nothing = (): void => {}

/**
 * Builds the onion of message middleware once. A synchronous stack runs without a promise. An inner promise that a
 * middleware neither returns nor awaits still holds back the next message.
 */
export function compose(stack: readonly MessageMiddleware<never>[]): Handler {
  if (stack.length === 0) return nothing
  return (conn, message) => step(stack, 0, conn, message)
}

function step(
  stack: readonly MessageMiddleware<never>[],
  index: number,
  conn: Connection<never>,
  message: Message,
): Handled {
  const middleware = stack[index] as MessageMiddleware<never>
  if (index + 1 === stack.length) return middleware(conn, message, nothing)
  let called = false
  let inner: Inner | undefined
  let outer: Promise<void> | undefined
  try {
    outer = promiseOf(
      middleware(conn, message, () => {
        if (called) throw nextTwice()
        called = true
        const pending = promiseOf(step(stack, index + 1, conn, message))
        if (pending !== undefined) inner = watch(pending)
        return pending
      }),
    )
  } catch (thrown) {
    if (inner === undefined) throw thrown
    outer = Promise.reject(thrown)
  }
  // A synchronous one has not waited for what it called: that is still part of handling this message.
  if (outer === undefined) return inner?.pending
  if (outer === inner?.pending) return outer
  return both(outer, () => inner)
}

/** What a middleware has called, as far as it is asynchronous. */
interface Inner {
  readonly pending: Promise<void>
  settled: boolean
}

function watch(pending: Promise<void>): Inner {
  const inner = { pending, settled: false }
  const settled = (): void => {
    inner.settled = true
  }
  pending.then(settled, settled)
  return inner
}

/** The outer one's outcome, but not before the inner one is over; the inner one's, where nobody was left to see it. */
async function both(outer: Promise<void>, called: () => Inner | undefined): Promise<void> {
  try {
    await outer
  } catch (thrown) {
    await called()?.pending.then(nothing, nothing)
    throw thrown
  }
  const inner = called()
  if (inner?.settled === false) await inner.pending
}

/** What a second `next()` of one middleware throws. */
export function nextTwice(): LinkspanError {
  return new LinkspanError(
    'LINKSPAN_NEXT_TWICE',
    'next() was called twice in one middleware: what is inside it runs once. Keep the first answer and use it again.',
  )
}
