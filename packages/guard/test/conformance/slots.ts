import { strict as assert } from 'node:assert'
import { type ConnectionLimiter, limitConnections } from '@linkspan/guard'
import type { Behaviour, Chapter, Served, Stage } from '@linkspan/testing'
import { held } from './support.js'

/** Ends a connection in one way, and then nothing is counted of it. */
function givesBack(
  name: string,
  end: (stage: Stage, served: Served, limiter: ConnectionLimiter) => Promise<void>,
): Behaviour {
  return {
    name: `a slot is given back once: ${name}`,
    async run(stage) {
      const limiter = limitConnections({ perAddress: 2, total: 2, clock: stage.clock })
      const app = stage
        .app()
        .use(limiter)
        .use(async (conn, next) => {
          if (conn.request.path === '/refused') return conn.reject({ status: 404 })
          if (conn.request.path === '/thrown') throw new Error('as it happens')
          if (conn.request.path === '/held') {
            await new Promise((resolve) => conn.signal.addEventListener('abort', resolve))
          }
          return next()
        })
        .message((conn, message) => {
          if (message.text() === 'throw') throw new Error('as it happens')
          if (message.text() === 'terminate') conn.terminate()
          else conn.close(1000)
        })
      const record = stage.record(app)
      record.expectErrors('LINKSPAN_MIDDLEWARE', 'LINKSPAN_HANDLER', 'LINKSPAN_RELEASE')
      const served = await stage.serve(app)
      const other = await served.connect()
      await end(stage, served, limiter)
      await stage.until(() => app.connections.size === 1, 'it is gone')
      assert.deepEqual(held(limiter), { connections: 1, addresses: 1 })
      await served.connect()
      assert.equal((await served.answer()).upgraded, false)
      other.cut()
      for (const conn of app.connections) conn.terminate()
      await stage.until(() => app.connections.size === 0, 'all are gone')
      assert.deepEqual(held(limiter), {})
    },
  }
}

async function telling(served: Served, what: string): Promise<void> {
  const peer = await served.connect()
  peer.send(what)
  await peer.closed
}

export const slots: Chapter = {
  title: 'the slots of limitConnections',
  behaviours: [
    givesBack('the client closes', async (_stage, served) => {
      const peer = await served.connect()
      peer.close(1000)
      await peer.closed
    }),
    givesBack('the client is cut off', async (_stage, served) => (await served.connect()).cut()),
    givesBack('the server closes', (_stage, served) => telling(served, 'close')),
    givesBack('the server terminates', (_stage, served) => telling(served, 'terminate')),
    givesBack('a handler throws', (_stage, served) => telling(served, 'throw')),
    givesBack('a middleware further in refuses', async (_stage, served) => {
      assert.equal((await served.answer({ path: '/refused' })).upgraded, false)
    }),
    givesBack('a middleware further in throws', async (_stage, served) => {
      assert.equal((await served.answer({ path: '/thrown' })).upgraded, false)
    }),
    givesBack('the handshake is aborted', async (stage, served, limiter) => {
      const attempt = served.attempt({ path: '/held' })
      await stage.until(() => limiter.stats().connections === 2, 'the handshake has its slot')
      attempt.cut()
    }),
    givesBack('the handshake runs out of time', async (stage, served, limiter) => {
      const answer = served.answer({ path: '/held' })
      await stage.until(() => limiter.stats().connections === 2, 'the handshake has its slot')
      await stage.clock.advance(3_000)
      assert.equal((await answer).upgraded, false)
    }),
  ],
}
