import type { Linkspan, linkspan } from '@linkspan/core'

/** What the application is made of, here and in production. */
export interface Needs {
  readonly linkspan: typeof linkspan
  /** Waits for a backend. */
  readonly io: (name: string) => Promise<void>
}

/** What can be wrong with it, to see whether a replay tells. */
export type Bug =
  | 'lets everybody in'
  | 'catches what its handler throws'
  | 'never pours'
  | 'another lease'
  | 'another code'

/** An application whose connections can come to many ends, within fractions of a second. */
export function recordedApp({ linkspan, io }: Needs, bug?: Bug): Linkspan<unknown> {
  const app = linkspan({
    origin: ['https://app.example'],
    handshakeTimeout: 150,
    heartbeat: { interval: 40, misses: 2 },
    maxPayload: 4_096,
    outbox: { bytes: 300_000 },
    closeTimeout: 100,
    releaseTimeout: 200,
  })
  const { clock } = app.options
  return app
    .use(async function jwt(conn, next) {
      const token = conn.request.query.get('token')
      if (token === null && bug !== 'lets everybody in')
        return conn.reject({ status: 401, reason: 'no token' })
      const lease =
        token === 'short' ? { expiresAt: clock.now() + (bug === 'another lease' ? 60_000 : 80) } : {}
      conn.authenticate({ subject: 'ada', ...lease })
      return next()
    })
    .use(async function profile(conn, next) {
      if (conn.request.query.has('profile')) await io('profiles')
      return next()
    })
    .message((conn, message) => {
      const text = message.text()
      if (text === 'throw' && bug !== 'catches what its handler throws') throw new Error('a bug')
      else if (text === 'leave') conn.close(bug === 'another code' ? 4002 : 4001, 'as you wish')
      else if (text === 'pour' && bug !== 'never pours')
        for (let left = 200; left > 0; left -= 1) conn.send('x'.repeat(65_536))
      else conn.send(message)
    })
}
