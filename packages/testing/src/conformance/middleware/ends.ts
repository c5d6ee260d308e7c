import { strict as assert } from 'node:assert'
import type { CloseInfo } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { meet, type Pair } from '../pair.js'
import { CUT_BY_NETWORK, endOf } from '../support.js'

type End = Omit<CloseInfo, 'duration'>

/** What `await next()` answers, however the connection ended; and that what stands after it runs once. */
export const ends: readonly Behaviour[] = [
  seen('the peer closes', ({ peer }) => peer.close(4123, 'bye'), {
    code: 4123,
    reason: 'bye',
    by: 'peer',
    clean: true,
    wireCode: 4123,
  }),
  seen('the peer closes without a code', ({ peer }) => peer.close(), {
    code: 1005,
    reason: '',
    by: 'peer',
    clean: true,
    wireCode: 1005,
  }),
  seen('we close', ({ conn }) => conn.close(4201, 'moved'), {
    code: 4201,
    reason: 'moved',
    by: 'server',
    clean: true,
    wireCode: 4201,
  }),
  seen('we terminate', ({ conn }) => conn.terminate(), {
    code: 1006,
    reason: '',
    by: 'server',
    clean: false,
    wireCode: undefined,
  }),
  seen('the peer resets its socket', ({ peer }) => peer.cut(), CUT_BY_NETWORK),
  seen('the peer ends its socket', ({ peer }) => peer.end(), CUT_BY_NETWORK),
  {
    name: 'every middleware sees the same CloseInfo, which is the one of the close event and of closed',
    async run(stage) {
      const app = stage.app()
      const seen: CloseInfo[] = []
      for (let i = 0; i < 3; i += 1) {
        app.use(async (_conn, next) => {
          const end = await next()
          seen.push(end)
          return end
        })
      }
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      await stage.clock.advance(1_234)
      peer.close(1000, 'done')
      const { info } = await record.next('close')
      assert.equal(info.duration, 1_234)
      assert.equal(seen.length, 3)
      for (const end of [...seen, await conn.closed]) assert.deepEqual({ ...end }, { ...info })
    },
  },
  {
    name: 'what a middleware answers instead of its end changes nothing about it',
    async run(stage) {
      const app = stage.app()
      app.use(async (_conn, next) => {
        const end = await next()
        return { ...end, code: 4999, reason: 'forged' }
      })
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.close(1000, 'done')
      const { info } = await record.next('close')
      assert.equal(info.code, 1000)
      assert.equal(info.reason, 'done')
    },
  },
]

function seen(how: string, ending: (pair: Pair) => void, end: End): Behaviour {
  return {
    name: `when ${how}, await next() answers the CloseInfo, and finally blocks run once`,
    async run(stage) {
      const app = stage.app()
      const log: unknown[] = []
      app
        .use(async (_conn, next) => {
          try {
            return await next()
          } finally {
            log.push('finally')
          }
        })
        .use(async (_conn, next) => {
          const info = await next()
          log.push(endOf(info))
          return info
        })
      const record = stage.record(app)
      const pair = await meet(stage, app)
      ending(pair)
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), end)
      assert.deepEqual(log, [end, 'finally'])
    },
  }
}
