import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet, pair } from '../pair.js'
import { endOf } from '../support.js'

/** Ends that both sides ask for, or one side twice. */
export const races: readonly Behaviour[] = [
  {
    name: "where we asked first, the peer's own close frame is an answer: by server, with our code, and clean",
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.answersClose = false
      conn.close(4001, 'ours')
      peer.close(4002, 'theirs')
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 4001,
        reason: 'ours',
        by: 'server',
        clean: true,
        wireCode: 4001,
      })
      assert.equal(record.of('close').length, 1)
    },
  },
  {
    name: 'where the peer asked first, our close is ignored: by peer, with its code',
    run: async (stage) => {
      const app = stage.app().on('transition', (conn, { to }) => {
        if (to === 'closing') conn.close(4001, 'ours')
      })
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.close(4002, 'theirs')
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 4002,
        reason: 'theirs',
        by: 'peer',
        clean: true,
        wireCode: 4002,
      })
      assert.equal((await peer.closed).code, 4002)
    },
  },
  {
    name: 'closes that cross on the wire are one end, told by whoever we heard of first',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const served = await stage.serve(app)
      for (let i = 0; i < 10; i += 1) {
        const { conn, peer } = await pair(app, served)
        peer.close(4002, 'theirs')
        for (let turns = 0; turns < i; turns += 1) await undefined
        conn.close(4001, 'ours')
        const { info } = await record.next('close')
        const ours = { code: 4001, reason: 'ours', by: 'server', clean: true, wireCode: 4001 }
        const theirs = { code: 4002, reason: 'theirs', by: 'peer', clean: true, wireCode: 4002 }
        assert.deepEqual(endOf(info), info.by === 'server' ? ours : theirs)
      }
      assert.equal(record.of('close').length, 10)
    },
  },
  {
    name: 'the second close() is ignored, whatever its code',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      conn.close(4001, 'first')
      conn.close(4002, 'second')
      conn.close()
      assert.deepEqual(await peer.closed, { code: 4001, reason: 'first' })
      assert.equal((await record.next('close')).info.code, 4001)
      conn.close(4003, 'long after')
      conn.terminate()
      assert.equal(record.of('close').length, 1)
      assert.equal((await conn.closed).reason, 'first')
    },
  },
  {
    name: 'terminate() while closing cuts the wait short, and changes nothing about why it ended',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.answersClose = false
      conn.close(4001, 'go')
      conn.terminate()
      const { info } = await record.next('close')
      const clean = stage.supports.closeAnswer ? false : info.clean
      assert.deepEqual(endOf(info), { code: 4001, reason: 'go', by: 'server', clean, wireCode: 4001 })
      assert.equal(info.duration, 0)
    },
  },
  {
    name: 'a close and a reset at once are one end',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.cut()
      conn.close(4001)
      const { info } = await record.next('close')
      assert.ok(info.by === 'server' ? info.code === 4001 : info.code === 1006)
      assert.equal(record.of('close').length, 1)
      assert.equal(app.connections.size, 0)
    },
  },
]
