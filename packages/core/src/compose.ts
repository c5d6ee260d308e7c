import type { Connection } from './connection.js'
import { LinkspanError } from './errors.js'
import type { Message } from './message.js'
import type { MessageMiddleware } from './middleware.js'

/** All message middleware of an app as one function. */
export type Handler = (conn: Connection<never>, message: Message) => void | Promise<void>

const nothing = (): void => {}

/**
 * Builds the onion of message middleware once. A synchronous stack runs without a promise. An inner promise that a
 * middleware neither returns nor awaits still holds back the next message.
 */
export function compose(stack: readonly MessageMiddleware<never>[]): Handler {
  if (stack.length === 0) return nothing
  if (stack.length === 1) {
    const only = stack[0] as MessageMiddleware<never>
    return (conn, message) => only(conn, message, nothing)
  }
  return (conn, message) => step(stack, 0, conn, message)
}

function step(
  stack: readonly MessageMiddleware<never>[],
  index: number,
  conn: Connection<never>,
  message: Message,
): void | Promise<void> {
  const middleware = stack[index]
  if (middleware === undefined) return
  let called = false
  let inner = undefined as void | Promise<void>
  const outer = middleware(conn, message, () => {
    if (called) throw nextTwice()
    called = true
    inner = step(stack, index + 1, conn, message)
    return inner
  })
  if (outer === undefined || inner === undefined || outer === inner) return outer ?? inner
  return both(outer, inner)
}

/** A middleware that does not wait for what it called: its own outcome, but not before the inner one is over. */
async function both(outer: Promise<void>, inner: Promise<void>): Promise<void> {
  let ended = false
  let late: { readonly thrown: unknown } | undefined
  const watched = inner.then(nothing, (thrown: unknown) => {
    if (ended) late = { thrown }
  })
  try {
    await outer
  } finally {
    ended = true
    await watched
  }
  if (late !== undefined) throw (late as { readonly thrown: unknown }).thrown
}

/** What a second `next()` of one middleware throws. */
export function nextTwice(): LinkspanError {
  return new LinkspanError(
    'LINKSPAN_NEXT_TWICE',
    'next() was called twice in one middleware: what is inside it runs once. Keep the first answer and use it again.',
  )
}
