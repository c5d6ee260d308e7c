import type { ErrorCode } from '@linkspan/core'

/** What a bug in user code comes to: what the client sees, and which errors the application tells of. */
export interface Fault {
  readonly refused?: number
  readonly closed?: number
  readonly errors: readonly ErrorCode[]
}

const HANDLER: Fault = { closed: 1011, errors: ['LINKSPAN_HANDLER'] }
const UNHARMED = (code: ErrorCode, times = 1): Fault => ({ errors: Array(times).fill(code) })

/** Every bug that `faultyApp` has, and what becomes of it. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'the origin function throws': { refused: 500, errors: ['LINKSPAN_MIDDLEWARE'] },
  'the scope function throws': { refused: 500, errors: ['LINKSPAN_MIDDLEWARE'] },
  // Its listener of 'reject' throws, too.
  'a middleware throws': { refused: 500, errors: ['LINKSPAN_MIDDLEWARE', 'LINKSPAN_LISTENER'] },
  'a middleware rejects': { refused: 500, errors: ['LINKSPAN_MIDDLEWARE'] },
  'a middleware rejects with what is no error': { refused: 500, errors: ['LINKSPAN_MIDDLEWARE'] },
  'a middleware forgets next': { refused: 500, errors: ['LINKSPAN_NEXT_MISSING'] },
  // The second call rejects; who lets go of that lets go of the error.
  'a middleware calls next twice and lets go': { errors: [] },
  'a middleware throws after its next was let go': { closed: 1011, errors: ['LINKSPAN_MIDDLEWARE'] },
  'a middleware throws when the connection is over': UNHARMED('LINKSPAN_MIDDLEWARE'),
  'a read is let go': { closed: 1011, errors: ['LINKSPAN_MIDDLEWARE'] },
  'a release throws': UNHARMED('LINKSPAN_RELEASE'),
  'a release rejects': UNHARMED('LINKSPAN_RELEASE'),
  'a handler throws': HANDLER,
  'a handler rejects': HANDLER,
  'a handler rejects with what is no error': HANDLER,
  'a timer inside a handler fails': HANDLER,
  'a handler answers a thenable that throws': HANDLER,
  'a handler reads JSON that is none': HANDLER,
  'a handler closes with a reserved code': { closed: 1011, errors: ['LINKSPAN_CLOSE_CODE'] },
  'a handler sends what cannot be sent': { closed: 1011, errors: ['LINKSPAN_MESSAGE'] },
  // connecting → authenticated → active → closing → closed: four transitions.
  "a listener of 'transition' throws": UNHARMED('LINKSPAN_LISTENER', 4),
  "a listener of 'open' throws": UNHARMED('LINKSPAN_LISTENER'),
  "a listener of 'open' rejects": UNHARMED('LINKSPAN_LISTENER'),
  "a listener of 'close' throws": UNHARMED('LINKSPAN_LISTENER'),
  'the logger throws': UNHARMED('LINKSPAN_LISTENER'),
}
