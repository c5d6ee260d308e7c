import { describe, expectTypeOf, it } from 'vitest'
import {
  type Authenticated,
  type Connection,
  type End,
  type Identity,
  type Linkspan,
  linkspan,
  type Merge,
  type Message,
  type MessageMiddleware,
  type Middleware,
  type Next,
} from '../src/index.js'

const app = linkspan()

describe('what is handed to next', () => {
  it('is in the data of everything that is added later', () => {
    const built = app
      .use((_conn, next) => next({ room: 'lobby' }))
      .use((conn, next) => {
        expectTypeOf(conn.data.room).toEqualTypeOf<string>()
        return next({ count: 1 })
      })
      .use((conn, next) => {
        expectTypeOf(conn.data).toEqualTypeOf<
          Readonly<Merge<Merge<{}, { room: string }>, { count: number }>>
        >()
        expectTypeOf(conn.data.count).toEqualTypeOf<number>()
        return next()
      })
      .message((conn, message) => {
        expectTypeOf(conn.data.room).toEqualTypeOf<string>()
        expectTypeOf(conn.data.count).toEqualTypeOf<number>()
        expectTypeOf(message).toEqualTypeOf<Message>()
      })
    built.on('open', (conn) => {
      expectTypeOf(conn.data.count).toEqualTypeOf<number>()
    })
    for (const conn of built.connections) expectTypeOf(conn.data.room).toEqualTypeOf<string>()
    expectTypeOf(built.connections.get('id')?.data.room).toEqualTypeOf<string | undefined>()
    expectTypeOf(built.connections.by({ subject: 'ada' })[0]?.data.count).toEqualTypeOf<number | undefined>()
  })

  it('is not in the data of what was added before, or of what nobody added', () => {
    app
      .use((conn, next) => {
        // @ts-expect-error: it is added later.
        void conn.data.room
        return next({ room: 'lobby' })
      })
      .message((conn) => {
        // @ts-expect-error: nobody has added it.
        void conn.data.hall
      })
  })

  it('replaces a key of the same name, also with another type', () => {
    app
      .use((_conn, next) => next({ room: 'lobby', size: 1 }))
      .use((_conn, next) => next({ room: 7 }))
      .message((conn) => {
        expectTypeOf(conn.data.room).toEqualTypeOf<number>()
        expectTypeOf(conn.data.size).toEqualTypeOf<number>()
      })
  })

  it('is gathered also by a middleware that waits for the end', () => {
    app
      .use(async (conn, next) => {
        const end = await next({ profile: { name: 'Ada' } })
        expectTypeOf(end).toEqualTypeOf<End<{ profile: { name: string } }>>()
        expectTypeOf(end.code).toEqualTypeOf<number>()
        expectTypeOf(end.by).toEqualTypeOf<'server' | 'peer' | 'network'>()
        expectTypeOf(conn.id).toEqualTypeOf<string>()
        return end
      })
      .message((conn) => {
        expectTypeOf(conn.data.profile.name).toEqualTypeOf<string>()
      })
  })

  it('may be nothing', () => {
    expectTypeOf(app.use((_conn, next) => next())).toEqualTypeOf<Linkspan<Merge<{}, {}>>>()
    app
      .use(async (_conn, next) => next())
      .message((conn) => void expectTypeOf(conn.data).toEqualTypeOf<Readonly<Merge<{}, {}>>>())
  })

  it('is an object', () => {
    // @ts-expect-error: a text adds nothing.
    app.use((_conn, next) => next('lobby'))
    // @ts-expect-error: a number adds nothing.
    app.use((_conn, next) => next(7))
  })

  it('cannot be changed through the connection', () => {
    app
      .use((_conn, next) => next({ room: 'lobby' }))
      .message((conn) => {
        // @ts-expect-error: data is read-only.
        conn.data.room = 'hall'
      })
  })
})

describe('a middleware that does not hand on', () => {
  it('does not compile when it forgets to return what next answers', () => {
    // @ts-expect-error: it returns nothing.
    app.use(async (_conn, next) => {
      await next()
    })
    // @ts-expect-error: it returns nothing.
    app.use((_conn, next) => {
      void next()
    })
    // @ts-expect-error: it does not even call it.
    app.use(async () => {})
    // @ts-expect-error: one way out is missing.
    app.use(async (conn, next) => {
      if (conn.request.path === '/') return next()
    })
  })

  it('does not compile when it returns something else', () => {
    // @ts-expect-error: a text is no end.
    app.use(async () => 'done')
    // @ts-expect-error: what only looks like an end was not answered by next.
    app.use(async () => ({ code: 1000, reason: '', by: 'peer', clean: true, duration: 1, wireCode: 1000 }))
    // @ts-expect-error: next itself is not called.
    app.use((_conn, next) => next)
    // @ts-expect-error: the end has to be awaited or returned as a promise.
    app.use((_conn, _next, end: End<{}>) => end)
  })

  it('compiles when it refuses', () => {
    app.use((conn) => conn.reject({ status: 401 }))
    app.use(async (conn) => conn.reject({ status: 401 }))
    app.use(async (conn, next) => {
      if (conn.request.path === '/') return conn.reject({ status: 404 })
      return next()
    })
  })
})

describe('reject', () => {
  it('is the end of its branch, so that types narrow after it', () => {
    app.use(async (conn, next) => {
      const room = conn.request.params['room']
      expectTypeOf(room).toEqualTypeOf<string | undefined>()
      if (room === undefined) return conn.reject({ status: 404 })
      expectTypeOf(room).toEqualTypeOf<string>()
      return next({ room })
    })
  })

  it('takes a status', () => {
    app.use((conn, next) => {
      // @ts-expect-error: there is no refusal without a status.
      if (conn.id === '') return conn.reject({ reason: 'no' })
      return next()
    })
  })
})

describe('a middleware of its own', () => {
  it('is usable anywhere where it asks for nothing', () => {
    const timed: Middleware<unknown, {}> = async (conn, next) => {
      const end = await next()
      console.warn(conn.id, end.duration)
      return end
    }
    app
      .use(timed)
      .use((_conn, next) => next({ room: 'lobby' }))
      .use(timed)
      .message((conn) => void expectTypeOf(conn.data.room).toEqualTypeOf<string>())
  })

  it('adds what its type says', () => {
    const roomy = (room: string): Middleware<unknown, { room: string }> => {
      return (_conn, next) => next({ room })
    }
    app.use(roomy('lobby')).message((conn) => void expectTypeOf(conn.data.room).toEqualTypeOf<string>())
  })

  it('may ask for what was added before, and only there it can be used', () => {
    const greeting: Middleware<{ room: string }, { greeting: string }> = (conn, next) =>
      next({ greeting: `hello ${conn.data.room}` })
    app
      .use((_conn, next) => next({ room: 'lobby', extra: true }))
      .use(greeting)
      .message((conn) => {
        expectTypeOf(conn.data.greeting).toEqualTypeOf<string>()
        expectTypeOf(conn.data.extra).toEqualTypeOf<boolean>()
      })
    // @ts-expect-error: nobody has added a room.
    app.use(greeting)
    // @ts-expect-error: this room is a number.
    app.use((_conn, next) => next({ room: 7 })).use(greeting)
  })

  it('has to add what it promises', () => {
    // @ts-expect-error: it adds no room.
    const wrong: Middleware<unknown, { room: string }> = (_conn, next) => next()
    void wrong
  })

  it('may be generic in what it adds', () => {
    const provide = <Value extends object>(value: Value): Middleware<unknown, Value> => {
      return (_conn, next) => next(value)
    }
    app
      .use(provide({ room: 'lobby' }))
      .message((conn) => void expectTypeOf(conn.data.room).toEqualTypeOf<string>())
  })

  it('may add what need not be there', () => {
    const perhaps: Middleware<unknown, { room?: string }> = (_conn, next) => next()
    app.use(perhaps).message((conn) => void expectTypeOf(conn.data.room).toEqualTypeOf<string | undefined>())
  })

  it('knows what next answers', () => {
    const ask = (next: Next): void => {
      expectTypeOf(next()).toEqualTypeOf<Promise<End<{}>>>()
      expectTypeOf(next({ room: 'lobby' })).toEqualTypeOf<Promise<End<{ room: string }>>>()
      expectTypeOf(next<Authenticated>()).toEqualTypeOf<Promise<End<Authenticated>>>()
      // @ts-expect-error: the plan that it says it adds is missing.
      void next<Authenticated & { plan: string }>()
    }
    void ask
  })
})

describe('a message middleware', () => {
  it('of its own is usable anywhere where it asks for nothing', () => {
    const counted: MessageMiddleware<unknown> = (_conn, message, next) => {
      expectTypeOf(message.size).toEqualTypeOf<number>()
      return next()
    }
    app.message(counted)
    app.use((_conn, next) => next({ room: 'lobby' })).message(counted)
  })

  it('may ask for what was added', () => {
    const roomy: MessageMiddleware<{ room: string }> = (conn) => void conn.send(conn.data.room)
    app.use((_conn, next) => next({ room: 'lobby', more: 1 })).message(roomy)
    // @ts-expect-error: nobody has added a room.
    app.message(roomy)
  })

  it('may be synchronous or not', () => {
    app.message(() => {}).message(async () => {})
    // @ts-expect-error: there is nobody to answer to.
    app.message(() => 'answer')
  })

  it('reads a message as what it says', () => {
    app.message((_conn, message) => {
      expectTypeOf(message.kind).toEqualTypeOf<'text' | 'binary'>()
      expectTypeOf(message.text()).toEqualTypeOf<string>()
      expectTypeOf(message.bytes()).toExtend<Uint8Array>()
      expectTypeOf(message.json()).toEqualTypeOf<unknown>()
      expectTypeOf(message.json<{ a: number }>().a).toEqualTypeOf<number>()
    })
  })
})

describe('an application', () => {
  it('of any data is an application of unknown data: adapters take it', () => {
    const take = (_app: Linkspan<unknown>): void => {}
    take(app)
    take(app.use((_conn, next) => next({ room: 'lobby' })))
  })

  it('tells its listeners what comes with each event', () => {
    app.on('transition', (_conn, { from, to }) => {
      expectTypeOf(from).toEqualTypeOf<'connecting' | 'authenticated' | 'active' | 'closing' | 'closed'>()
      expectTypeOf(to).toEqualTypeOf(from)
    })
    app.on('close', (_conn, { code, wireCode }) => {
      expectTypeOf(code).toEqualTypeOf<number>()
      expectTypeOf(wireCode).toEqualTypeOf<number | undefined>()
    })
    app.on('error', (error, conn) => {
      expectTypeOf(error.culprit).toEqualTypeOf<'caller' | 'peer' | 'infrastructure'>()
      expectTypeOf(conn).toEqualTypeOf<Connection<{}> | undefined>()
    })
    // @ts-expect-error: there is no such event.
    app.on('message', () => {})
  })

  it('takes any of its connections', () => {
    const built = app.use((_conn, next) => next({ room: 'lobby' }))
    built.message((conn) => {
      void built.disconnect(conn, { code: 4001 })
      built.to('room').except(conn).send('hello')
      conn.to('room').except(conn).send('hello')
    })
  })

  it('knows options by their types', () => {
    linkspan({ origin: (origin) => origin === 'https://app.example' })
    linkspan({ scope: (conn) => conn.identity?.tenant })
    // @ts-expect-error: a promise would let everybody in.
    linkspan({ origin: async () => true })
    // @ts-expect-error: one origin is a list of one.
    linkspan({ origin: 'https://app.example' })
    // @ts-expect-error: there is no such policy.
    linkspan({ outbox: { overflow: 'block' } })
  })

  it('has identities that cannot be changed', () => {
    const change = (identity: Identity): void => {
      // @ts-expect-error: an identity is immutable.
      identity.subject = 'eve'
    }
    void change
  })
})
