import { setImmediate as turn } from 'node:timers/promises'
import {
  type Connection,
  type End,
  type Linkspan,
  type Logger,
  linkspan,
  type Message,
  type Next,
} from '@linkspan/core'

const bug = (): Error => new Error('a bug')
const nothing = (): void => {}

/**
 * An application with every bug that user code can have: a client asks for one with `?fault=`. The process must outlive
 * them all, and each error must reach its listener.
 */
export function faultyApp({ observed = true } = {}): { app: Linkspan<unknown>; errors: string[] } {
  const errors: string[] = []
  const mute = new Set<unknown>()
  const logger: Logger = {
    debug: nothing,
    info: (fields) => {
      if ('connection' in fields && mute.delete(fields.connection)) throw bug()
    },
    warn: nothing,
    error: nothing,
  }
  const app = linkspan({
    ...(observed ? { logger } : {}),
    origin: (_origin, request) => {
      if (request.query.get('fault') === 'the origin function throws') throw bug()
      return true
    },
    scope: (conn) => {
      if (faultOf(conn) === 'the scope function throws') throw bug()
      return undefined
    },
  })
    .use((conn, next) => {
      if (faultOf(conn) === 'the logger throws') mute.add(conn.id)
      const fault = MIDDLEWARE[faultOf(conn)]
      return fault === undefined ? next() : fault(conn, next)
    })
    .message((conn, message) => HANDLERS[faultOf(conn)]?.(conn, message) ?? void conn.send(message))

  if (observed) app.on('error', ({ code }) => void errors.push(code))
  listenBadly(app)
  return { app, errors }
}

type Step = (conn: Connection<unknown>, next: Next) => Promise<End<{}>>

const MIDDLEWARE: Readonly<Record<string, Step>> = {
  'a middleware throws': () => {
    throw bug()
  },
  'a middleware rejects': async () => {
    await turn()
    throw bug()
  },
  'a middleware rejects with what is no error': async () => Promise.reject(undefined),
  'a middleware forgets next': (async () => undefined) as unknown as Step,
  'a middleware calls next twice and lets go': (_conn, next) => {
    const inner = next()
    void next()
    return inner
  },
  'a middleware throws after its next was let go': async (_conn, next) => {
    void next()
    await turn()
    throw bug()
  },
  'a middleware throws when the connection is over': async (_conn, next) => {
    await next()
    throw bug()
  },
  'a read is let go': async (conn) => {
    await conn.accept()
    void conn.read()
    throw bug()
  },
  'a release throws': (conn, next) => {
    conn.defer(() => {
      throw bug()
    })
    return next()
  },
  'a release rejects': (conn, next) => {
    conn.defer(async () => {
      await turn()
      throw bug()
    })
    return next()
  },
}

type Handle = (conn: Connection<unknown>, message: Message) => void | Promise<void>

const HANDLERS: Readonly<Record<string, Handle>> = {
  'a handler throws': () => {
    throw bug()
  },
  'a handler rejects': () => turn().then(() => Promise.reject(bug())),
  'a handler rejects with what is no error': () => Promise.reject(null),
  'a timer inside a handler fails': () =>
    new Promise((_, reject) => {
      setTimeout(() => reject(bug()), 1)
    }),
  'a handler answers a thenable that throws': () => hostileThenable() as Promise<void>,
  'a handler reads JSON that is none': (_conn, message) => void message.json(),
  'a handler closes with a reserved code': (conn) => conn.close(1005),
  // Not ours to catch: nobody of ours is on the stack, and Node.js ends a process for it.
  'a bare timer throws': (conn) => {
    setTimeout(() => {
      throw bug()
    }, 1)
    conn.send('it will')
  },
  'a listener of the signal throws': (conn) => {
    conn.signal.addEventListener('abort', () => {
      throw bug()
    })
    conn.close(4000)
  },
  'a handler sends what cannot be sent': (conn) => void conn.send(Symbol('no message') as never),
}

/** Looks like a promise, and throws when it is asked. */
function hostileThenable(): unknown {
  // biome-ignore lint/suspicious/noThenProperty: being a hostile thenable is what it is for
  return { then: throwing }
}

function throwing(): never {
  throw bug()
}

function listenBadly(app: Linkspan<unknown>): void {
  const throwFor = (conn: Connection<unknown>, fault: string): void => {
    if (faultOf(conn) === fault) throw bug()
  }
  app.on('transition', (conn) => throwFor(conn, "a listener of 'transition' throws"))
  app.on('open', (conn) => throwFor(conn, "a listener of 'open' throws"))
  app.on('close', (conn) => throwFor(conn, "a listener of 'close' throws"))
  app.on('reject', (conn) => throwFor(conn, 'a middleware throws'))
  app.on('open', (async (conn: Connection<unknown>) => {
    await turn()
    throwFor(conn, "a listener of 'open' rejects")
  }) as never)
}

function faultOf(conn: Connection<unknown>): string {
  return conn.request.query.get('fault') ?? ''
}
