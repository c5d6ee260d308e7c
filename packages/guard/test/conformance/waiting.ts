import { strict as assert } from 'node:assert'
import { type ConnectionLimiter, type ConnectionLimitOptions, limitConnections } from '@linkspan/guard'
import type { Chapter, Served, Stage } from '@linkspan/testing'
import { assertAlive, assertRefusedForNow, echo, held } from './support.js'

async function waiting(
  stage: Stage,
  options: ConnectionLimitOptions,
): Promise<{ served: Served; limiter: ConnectionLimiter }> {
  const limiter = limitConnections({ whenFull: 'wait', clock: stage.clock, ...options })
  return { served: await stage.serve(stage.app().use(limiter).message(echo)), limiter }
}

function waits(stage: Stage, limiter: ConnectionLimiter, count: number): Promise<void> {
  return stage.until(() => limiter.stats().waiting === count, `${count} wait`)
}

export const waitingForSlots: Chapter = {
  title: "limitConnections({ whenFull: 'wait' })",
  behaviours: [
    {
      name: 'a handshake past the limit is let in as soon as a slot is free, the first to come first',
      async run(stage) {
        const { served, limiter } = await waiting(stage, { perAddress: 1 })
        let holder = await served.connect()
        const answers = []
        for (let count = 1; count <= 3; count += 1) {
          answers.push(served.answer())
          await waits(stage, limiter, count)
        }
        for (const answer of answers) {
          holder.close(1000)
          const next = await answer
          assert.ok(next.upgraded)
          holder = next.peer
          await assertAlive(holder)
        }
        assert.deepEqual(held(limiter), { connections: 1, addresses: 1 })
      },
    },
    {
      name: 'at its deadline it is refused: 429 for the limit of its address, with Retry-After',
      async run(stage) {
        const { served, limiter } = await waiting(stage, { perAddress: 1 })
        const peer = await served.connect()
        const answer = served.answer()
        await waits(stage, limiter, 1)
        await stage.clock.advance(999)
        assert.equal(limiter.stats().waiting, 1)
        await stage.clock.advance(1)
        assertRefusedForNow(await answer, 429, 4101)
        await assertAlive(peer)
      },
    },
    {
      name: 'at its deadline it is refused: 503 for the limit of everybody, with Retry-After',
      async run(stage) {
        const { served, limiter } = await waiting(stage, { total: 1, waitFor: 2_000 })
        await served.connect()
        const answer = served.answer()
        await waits(stage, limiter, 1)
        await stage.clock.advance(2_000)
        assertRefusedForNow(await answer, 503, 1013)
      },
    },
    {
      name: 'where enough others wait, it is refused at once',
      async run(stage) {
        const { served, limiter } = await waiting(stage, { perAddress: 1, waiting: 2 })
        await served.connect()
        const others = [served.answer(), served.answer()]
        await waits(stage, limiter, 2)
        assertRefusedForNow(await served.answer(), 429, 4101)
        await stage.clock.advance(1_000)
        for (const answer of others) assertRefusedForNow(await answer, 429, 4101)
      },
    },
    {
      name: 'a client that goes leaves the queue at once, and takes no slot later',
      async run(stage) {
        const { served, limiter } = await waiting(stage, { perAddress: 1 })
        const holder = await served.connect()
        const attempt = served.attempt()
        await waits(stage, limiter, 1)
        attempt.cut()
        await waits(stage, limiter, 0)
        holder.close(1000)
        await stage.until(() => limiter.stats().connections === 0, 'the slot is free')
        assert.deepEqual(held(limiter), {})
        await assertAlive(await served.connect())
        assert.equal(limiter.stats().totals.admitted, 2)
      },
    },
  ],
}
