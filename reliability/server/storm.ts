import { setImmediate as turn } from 'node:timers/promises'
import { type Connection, type Handled, type Linkspan, linkspan, type Message } from '@linkspan/core'
// Not by the package's name: a server need not load the suites.
import { Random } from '../../packages/testing/src/simulation/random.js'
import { Witness } from './witness.js'

const PIECE = 'x'.repeat(32_768)

/** An application that does what its clients ask for, good or bad, under the eyes of a witness. */
export function stormApp(): { app: Linkspan<unknown>; witness: Witness } {
  const random = new Random(Number(process.env['SEED'] ?? 1))
  const witness = new Witness()
  const app = linkspan({
    handshakeTimeout: 2_000,
    closeTimeout: 1_000,
    releaseTimeout: 2_000,
    heartbeat: { interval: 400, misses: 2 },
    inbox: { messages: 64 },
    outbox: { bytes: 262_144 },
  })
    .use(async (conn, next) => {
      const release = witness.take(conn, 'middleware', 'a socket')
      try {
        await turns(random.below(4))
        const status = conn.request.query.get('refuse')
        if (status !== null) return conn.reject({ status: Number(status), reason: 'as asked' })
        if (conn.request.query.has('in-band')) {
          await conn.accept()
          conn.authenticate({ subject: (await conn.read({ timeout: 1_000 })).text() })
        }
        return await next()
      } finally {
        release()
      }
    })
    .use(async (conn, next) => {
      const release = witness.take(conn, 'middleware', 'a session')
      return next().finally(release)
    })
    .use(async (conn, next) => {
      for (const what of ['a database row', 'a lock', 'a file']) conn.defer(releaseOf(conn, what))
      await turns(random.below(3))
      if (conn.request.query.has('fail')) throw new Error('a bug in a middleware')
      conn.join('lobby')
      return next()
    })
    .message((conn, message) => {
      const handled = witness.handling(conn)
      let pending: Handled
      try {
        pending = answer(conn, message)
      } catch (thrown) {
        handled()
        throw thrown
      }
      if (!(pending instanceof Promise)) return handled()
      return pending.finally(handled)
    })

  function releaseOf(conn: Connection<unknown>, what: string): () => Promise<void> {
    const release = witness.take(conn, 'deferred', what)
    const throws = random.chance(0.02)
    return async () => {
      await turns(random.below(3))
      release()
      if (throws) throw new Error('a bug in a release')
    }
  }

  function answer(conn: Connection<unknown>, message: Message): Handled {
    if (message.kind === 'binary') return void conn.send(message)
    const [verb, argument] = message.text().split(' ', 2)
    switch (verb) {
      case 'count':
        witness.numbered(conn, Number(argument))
        conn.send(`${argument}`)
        return random.chance(0.5) ? undefined : turns(random.below(3))
      case 'flood':
        for (let sent = 0; sent < Number(argument); sent += 1) conn.send(PIECE)
        return
      case 'all':
        return conn.to('lobby').send(message)
      case 'bye':
        return conn.close(4000, 'as asked')
      case 'cut':
        return conn.terminate()
      case 'throw':
        throw new Error('a bug in a handler')
      case 'reject':
        return turns(2).then(() => Promise.reject(new Error('a bug in a handler, later')))
      default:
        return turns(random.below(3))
    }
  }

  witness.watch(app)
  return { app, witness }
}

async function turns(count: number): Promise<void> {
  for (let each = 0; each < count; each += 1) await turn()
}
