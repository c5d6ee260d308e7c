import { AsyncLocalStorage } from 'node:async_hooks'
import { type Connection, type Linkspan, type LinkspanOptions, linkspan, type Message } from '@linkspan/core'
import { asyncContext } from '@linkspan/node'
import { settled, setup } from './served.js'

const ambient = new AsyncLocalStorage<string>()

/** The application that every server of ours runs, with the pipeline and the handler asked for, and perhaps more options. */
export function application(options: LinkspanOptions = {}): Linkspan<unknown> {
  const heartbeat =
    setup.heartbeat === undefined ? {} : { heartbeat: { interval: setup.heartbeat, misses: 3 } }
  if (setup.pipeline === 'minimal') {
    const app = linkspan({ origin: '*', ...heartbeat })
    return serve(setup.handler === 'room' ? app.use(joinRoom) : app)
  }
  const context = setup.pipeline === 'context' ? { context: asyncContext() } : {}
  const plain = linkspan({ origin: ['https://app.example'], ...heartbeat, ...context, ...options })
  const begun =
    setup.pipeline === 'context' ? plain.use((conn, next) => ambient.run(conn.id, () => next())) : plain
  const app = begun
    .use((conn, next) => {
      const token = conn.request.headers['authorization']
      if (token !== 'Bearer 0123456789abcdef') return conn.reject({ status: 401 })
      conn.authenticate({ subject: 'somebody', roles: ['member'] })
      return next()
    })
    .use((_conn, next) => next({ profile: { name: 'Somebody', since: 2020 } }))
    .message((_conn, message, next) => (message.size > 32_768 ? undefined : next()))
  return serve(setup.handler === 'room' ? app.use(joinRoom) : app)
}

function joinRoom<End>(conn: Connection<unknown>, next: () => Promise<End>): Promise<End> {
  conn.join('room')
  return next()
}

function serve<Data>(app: Linkspan<Data>): Linkspan<unknown> {
  if (setup.handler === 'room') app.message((_conn, message) => app.to('room').send(message))
  else if (setup.handler === 'async') app.message(later)
  else app.message((conn, message) => void conn.send(message))
  return app as Linkspan<unknown>
}

async function later(conn: Connection<unknown>, message: Message): Promise<void> {
  await settled
  conn.send(message)
}
