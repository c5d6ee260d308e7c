import { strict as assert } from 'node:assert'
import { type ConnectionLimiter, type ConnectionLimitOptions, limitConnections } from '@linkspan/guard'
import type { Chapter, Peer, Served, Stage } from '@linkspan/testing'
import { assertAlive, assertRefusedForNow, echo, held } from './support.js'

async function evicting(
  stage: Stage,
  options: ConnectionLimitOptions,
): Promise<{ served: Served; limiter: ConnectionLimiter }> {
  const limiter = limitConnections({ whenFull: 'evict-idle', clock: stage.clock, ...options })
  return { served: await stage.serve(stage.app().use(limiter).message(echo)), limiter }
}

/** Clients that were heard of a second after one another. */
async function silent(stage: Stage, served: Served): Promise<readonly [Peer, Peer, Peer]> {
  const peers = [await served.connect(), await served.connect(), await served.connect()] as const
  for (const peer of peers) {
    await stage.clock.advance(1_000)
    await assertAlive(peer)
  }
  return peers
}

export const evictingTheIdle: Chapter = {
  title: "limitConnections({ whenFull: 'evict-idle' })",
  behaviours: [
    {
      name: 'past the limit, the connection that was silent for longest is closed with 4101, and its slot taken',
      async run(stage) {
        const { served, limiter } = await evicting(stage, { perAddress: 3 })
        const [first, second, third] = await silent(stage, served)
        await stage.clock.advance(11_000)
        await assertAlive(first)
        const newcomer = await served.connect()
        assert.deepEqual(await second.closed, { code: 4101, reason: 'idle, and its place was needed' })
        for (const peer of [first, third, newcomer]) await assertAlive(peer)
        await stage.until(() => limiter.stats().leaving === 0, 'the evicted one is gone')
        assert.deepEqual(held(limiter), { connections: 3, addresses: 1 })
        assert.equal(limiter.stats().totals.evicted, 1)
      },
    },
    {
      name: 'nobody is evicted who was heard of lately: the newcomer is refused',
      async run(stage) {
        const { served, limiter } = await evicting(stage, { total: 3 })
        const peers = await silent(stage, served)
        await stage.clock.advance(7_000)
        assertRefusedForNow(await served.answer(), 503, 1013)
        for (const peer of peers) await assertAlive(peer)
        assert.deepEqual(limiter.stats().totals, { admitted: 3, refused: 1, evicted: 0 })
      },
    },
    {
      name: 'a connection that does not answer its close is counted until it is gone, and the slot only once',
      needs: ['closeAnswer'],
      async run(stage) {
        const { served, limiter } = await evicting(stage, { perAddress: 1 })
        const stubborn = await served.connect()
        stubborn.answersClose = false
        await stage.clock.advance(11_000)
        const newcomer = await served.connect()
        await stage.until(() => limiter.stats().leaving === 1, 'one is on its way out')
        assertRefusedForNow(await served.answer(), 429, 4101)
        await stage.clock.advance(5_000)
        await stage.until(() => limiter.stats().leaving === 0, 'it is cut off')
        assert.deepEqual(held(limiter), { connections: 1, addresses: 1 })
        await assertAlive(newcomer)
      },
    },
  ],
}
