import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet, pair } from '../pair.js'
import { assertAlive, echo, Gate } from '../support.js'

/** One at a time, in order of arrival, and never before its time. */
export const order: readonly Behaviour[] = [
  {
    name: 'an asynchronous handler has one message at a time, in the order of their arrival',
    run: async (stage) => {
      const gates = [new Gate(), new Gate(), new Gate()]
      const log: string[] = []
      const app = stage.app().message(async (_conn, message) => {
        const text = message.text()
        log.push(`${text} begins`)
        await gates[Number(text)]?.opened
        log.push(`${text} ends`)
      })
      const { peer } = await meet(stage, app)
      peer.sendBurst(['0', '1', '2'])
      await stage.until(() => app.stats().totals.received === 3, 'three messages received')
      assert.deepEqual(log, ['0 begins'])
      gates[2]?.open()
      gates[1]?.open()
      await stage.until(() => app.stats().gauges.inbox.messages === 2, 'two messages waiting')
      assert.deepEqual(log, ['0 begins'])
      gates[0]?.open()
      await stage.until(() => log.length === 6, 'three messages handled')
      assert.deepEqual(log, ['0 begins', '0 ends', '1 begins', '1 ends', '2 begins', '2 ends'])
    },
  },
  {
    name: 'a burst of a hundred messages in one packet is handled in order',
    run: async (stage) => {
      const { peer } = await meet(stage, stage.app().message(echo))
      const burst = Array.from({ length: 100 }, (_, i) => `number ${i}`)
      peer.sendBurst(burst)
      for (const text of burst) assert.equal(await peer.next(), text)
    },
  },
  {
    name: 'messages handled at once and messages that take time keep their order',
    run: async (stage) => {
      const gate = new Gate()
      const log: string[] = []
      const app = stage.app().message((_conn, message) => {
        const text = message.text()
        if (text !== 'slow') {
          log.push(text)
          return
        }
        return gate.opened.then(() => void log.push(text))
      })
      const { peer } = await meet(stage, app)
      peer.sendBurst(['quick', 'slow', 'quicker', 'quickest'])
      await stage.until(() => app.stats().totals.received === 4, 'four messages received')
      assert.deepEqual(log, ['quick'])
      gate.open()
      await stage.until(() => log.length === 4, 'four messages handled')
      assert.deepEqual(log, ['quick', 'slow', 'quicker', 'quickest'])
    },
  },
  {
    name: 'a handler that takes its time holds up no other connection',
    run: async (stage) => {
      const gate = new Gate()
      const app = stage.app().message(async (conn, message) => {
        if (conn.request.path === '/slow') await gate.opened
        conn.send(message)
      })
      const served = await stage.serve(app)
      const slow = await pair(app, served, { path: '/slow' })
      const quick = await pair(app, served, { path: '/quick' })
      slow.peer.send('wait for me')
      await stage.until(() => app.stats().totals.received === 1, 'the slow message received')
      for (let i = 0; i < 10; i += 1) await assertAlive(quick.peer)
      gate.open()
      assert.equal(await slow.peer.next(), 'wait for me')
    },
  },
  {
    name: 'no handler sees a message before the connection is active',
    run: async (stage) => {
      const gate = new Gate()
      const seen: string[] = []
      const app = stage
        .app()
        .use(async (conn, next) => {
          await conn.accept()
          await gate.opened
          return next()
        })
        .message((conn, message) => {
          seen.push(`${message.text()} while ${conn.state}`)
        })
      const peer = await (await stage.serve(app)).connect()
      peer.sendBurst(['a', 'b'])
      await stage.until(() => app.stats().totals.received === 2, 'two messages received')
      assert.deepEqual(seen, [])
      gate.open()
      await stage.until(() => seen.length === 2, 'two messages handled')
      assert.deepEqual(seen, ['a while active', 'b while active'])
    },
  },
  {
    name: 'an application without a handler takes messages and keeps its connections',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.sendBurst(['nobody', Uint8Array.of(1), 'listens'])
      await stage.until(() => app.stats().totals.received === 3, 'three messages received')
      assert.equal(conn.state, 'active')
      assert.deepEqual(record.of('drop'), [])
      peer.close(1000)
      assert.equal((await record.next('close')).info.code, 1000)
      assert.deepEqual(record.of('error'), [])
    },
  },
]
