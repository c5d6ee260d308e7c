import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { endOf } from '../support.js'

/** Ends that a handler or a listener asks for. */
export const fromWithin: readonly Behaviour[] = [
  {
    name: 'a connection closed by a listener of open has opened, and closes with that code',
    run: async (stage) => {
      const app = stage.app().on('open', (conn) => conn.close(4000, 'not today'))
      const record = stage.record(app)
      const peer = await (await stage.serve(app)).connect()
      assert.deepEqual(await peer.closed, { code: 4000, reason: 'not today' })
      const { info } = await record.next('close')
      const end = { code: 4000, reason: 'not today', by: 'server', clean: true, wireCode: 4000 }
      assert.deepEqual(endOf(info), end)
      assert.equal(record.of('open').length, 1)
    },
  },
  {
    name: 'a handler that closes its connection runs to its end, and sees no further message',
    run: async (stage) => {
      const log: string[] = []
      const app = stage.app().message(async (conn, message) => {
        log.push(message.text())
        conn.close(4000, 'enough')
        await undefined
        log.push(conn.state)
      })
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.sendBurst(['one', 'two'])
      assert.deepEqual(await peer.closed, { code: 4000, reason: 'enough' })
      assert.equal((await record.next('close')).info.code, 4000)
      assert.deepEqual(log, ['one', 'closing'])
    },
  },
  {
    name: 'a handler that terminates its connection harms nobody',
    run: async (stage) => {
      const app = stage.app().message((conn, message) => {
        conn.terminate()
        conn.send(message)
      })
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.sendBurst(['one', 'two'])
      assert.equal((await record.next('close')).info.by, 'server')
      assert.equal((await peer.closed).code, undefined)
      assert.deepEqual(record.of('error'), [])
    },
  },
]
