import type { Linkspan } from '@linkspan/core'
import type { World } from '@linkspan/testing'

/** An application that uses everything the core has, and waits for backends that are slow, fail and hang. */
export function busyApp({ linkspan, io, random }: World): Linkspan<unknown> {
  const visibly = random.chance(0.3)
  const app = linkspan({
    origin: '*',
    refuse: visibly ? 'visibly' : 'quietly',
    maxConnections: random.chance(0.2) ? 5 : 1_000,
    heartbeat: random.chance(0.8)
      ? { interval: 5_000 + random.below(25_000), misses: 1 + random.below(3) }
      : false,
    inbox: { messages: 4 + random.below(60), bytes: 65_536 },
    maxPayload: 16_384,
    outbox: {
      bytes: 8_000 + random.below(40_000),
      overflow: random.pick(['close', 'drop-newest', 'drop-oldest']),
    },
    scope: (conn) => conn.identity?.tenant,
  })
    .use(async (conn, next) => {
      if (random.chance(0.1)) return conn.reject({ status: random.pick([401, 403, 429, 503]) })
      await io('identity provider')
      if (random.chance(0.3)) {
        await conn.accept()
        await conn.read({ timeout: 1_000 })
      }
      const tenant = random.pick(['acme', 'globex'])
      const lease = random.chance(0.3) ? { expiresAt: now() + random.below(120_000) } : {}
      conn.authenticate({ subject: `user ${random.below(4)}`, tenant, ...lease })
      const end = await next()
      await io('last seen')
      return end
    })
    .use((conn, next) => {
      conn.join('lobby')
      conn.defer(() => io('presence'))
      return next()
    })
    .message(async (conn, message, next) => {
      conn.to('lobby').send(message)
      if (random.chance(0.5)) await io('audit')
      return next()
    })
    .message((conn, message) => {
      const luck = random.next()
      if (luck < 0.02) conn.close(4000, 'enough')
      else if (luck < 0.03) conn.terminate()
      else if (luck < 0.04) throw new Error('a bug in a handler')
      else if (luck < 0.06 && conn.identity !== null)
        conn.renew({ ...conn.identity, expiresAt: now() + 90_000 })
      else if (luck < 0.3) conn.leave('lobby')
      else if (luck < 0.5) conn.join(`room ${random.below(3)}`)
      else conn.send(message)
    })
  const now = (): number => app.options.clock.now()
  return app
}
