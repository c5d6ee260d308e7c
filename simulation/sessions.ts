import type { Linkspan } from '@linkspan/core'
import { memoryStore, type Session, type SessionStore, session } from '@linkspan/session'
import type { World } from '@linkspan/testing'

interface Counted {
  count?: number
}

/**
 * An application with sessions, whose store is slow, fails and hangs, before it has done what it was asked for or after.
 * Whatever happens, no change of a session is lost unless that is told, none is made twice, whoever comes sees all of them,
 * and no session is left of a handshake that came to nothing.
 */
export function sessionApp(world: World): Linkspan<unknown> {
  const { random, io } = world
  const app = world.linkspan({ origin: '*', handshakeTimeout: 2_000 + random.below(2_000) })
  const { clock } = app.options
  const inner = memoryStore({ clock })
  const stored = new Map<string, number>()
  const shaky = async <Answer>(name: string, call: () => Promise<Answer>): Promise<Answer> => {
    const after = random.chance(0.5)
    if (!after) await io(name)
    const answer = await call()
    if (after) await io(name)
    return answer
  }
  const store: SessionStore = {
    load: (id) => shaky('load', () => inner.load(id)),
    save: (id, data, options) =>
      shaky('save', async () => {
        const result = await inner.save(id, data, options)
        if (result === 'saved') stored.set(id, countIn(data))
        return result
      }),
    touch: (id, ttl) => shaky('touch', () => inner.touch(id, ttl)),
    destroy: (id) =>
      shaky('destroy', () => {
        stored.delete(id)
        return inner.destroy(id)
      }),
  }
  // By the sessions' ids: how often each was changed, and which the application has destroyed.
  const counts = new Map<string, number>()
  const destroyed = new Set<string>()
  let lost = 0
  let stale = false
  /** Whether a session has every change that was made of it: all of them were made here. */
  const shown = (mine: Session<Counted>): void => {
    if (mine.ended || destroyed.has(mine.id) || lost > 0) return
    if ((mine.get('count') ?? 0) !== (counts.get(mine.id) ?? 0)) stale = true
  }
  const sessions = session<Counted>({
    store,
    clock,
    cookie: { secure: false },
    delay: random.below(3_000),
    timeout: 500 + random.below(1_000),
    onError: (error) => {
      if (error.message.includes('lost')) lost += 1
    },
  })
  world.invariant('a session shows every change of it, whoever made it, unless a loss was told', () => !stale)
  world.finally('what is stored is what was changed, unless a loss was told', () => {
    if (lost > 0) return true
    return [...stored].every(([id, count]) => count === (counts.get(id) ?? 0) || destroyed.has(id))
  })
  world.finally(
    'sessions that were changed are stored, unless they were destroyed or a loss was told',
    () => {
      return lost > 0 || [...counts.keys()].every((id) => stored.has(id) || destroyed.has(id))
    },
  )
  world.finally('nothing waits to be written', () => sessions.stats().dirty === 0)
  return app
    .use(sessions)
    .use(async (conn, next) => {
      shown(conn.data.session)
      if (random.chance(0.2)) await io('something else')
      return next()
    })
    .message((conn, message) => {
      const { session: mine } = conn.data
      if (mine.ended) return conn.close(4200)
      shown(mine)
      const luck = random.next()
      if (luck < 0.02) {
        destroyed.add(mine.id)
        return mine.destroy().catch(() => {})
      }
      if (luck < 0.05) return mine.flush().catch(() => {})
      counts.set(mine.id, (counts.get(mine.id) ?? 0) + 1)
      mine.update((values) => ({ ...values, count: (values.count ?? 0) + 1 }))
      conn.send(message)
    })
}

/** The count within what is stored, whatever is put around it. */
function countIn(data: string): number {
  return Number(/"count":(\d+)/.exec(data)?.[1] ?? 0)
}
