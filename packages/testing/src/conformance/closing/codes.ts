import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet, pair } from '../pair.js'
import { assertAlive, echo, endOf, errorCodeOf } from '../support.js'

const MAY_BE_SENT = [1000, 1001, 1008, 1009, 1011, 1012, 1013, 3000, 3999, 4000, 4321, 4999]

const MAY_NOT = [
  0, 999, 1002, 1003, 1004, 1005, 1006, 1007, 1010, 1014, 1015, 1016, 2000, 2999, 5000, 9999, -1,
]

const NO_CODES = [1000.5, Number.NaN, Number.POSITIVE_INFINITY, '1000', null, {}] as unknown as number[]

/** Which codes may be sent. */
export const codes: readonly Behaviour[] = [
  {
    name: 'every code that may be sent travels, and is what CloseInfo says',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const served = await stage.serve(app)
      for (const code of MAY_BE_SENT) {
        const { conn, peer } = await pair(app, served)
        conn.close(code, `with ${code}`)
        assert.deepEqual(await peer.closed, { code, reason: `with ${code}` })
        const { info } = await record.next('close')
        const end = { code, reason: `with ${code}`, by: 'server', clean: true, wireCode: code }
        assert.deepEqual(endOf(info), end)
      }
    },
  },
  {
    name: 'without a code it closes with 1000 and no reason',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      conn.close()
      assert.deepEqual(await peer.closed, { code: 1000, reason: '' })
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), { code: 1000, reason: '', by: 'server', clean: true, wireCode: 1000 })
    },
  },
  {
    name: 'a code that must not be sent throws LINKSPAN_CLOSE_CODE, and closes nothing',
    run: async (stage) => {
      const { conn, peer } = await meet(stage, stage.app().message(echo))
      for (const code of [...MAY_NOT, ...NO_CODES]) {
        assert.equal(
          await errorCodeOf(() => conn.close(code)),
          'LINKSPAN_CLOSE_CODE',
          `close(${String(code)})`,
        )
      }
      assert.equal(conn.state, 'active')
      assert.equal(conn.signal.aborted, false)
      await assertAlive(peer)
    },
  },
]
