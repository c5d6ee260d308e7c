import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet, pair } from '../pair.js'
import { endOf } from '../support.js'

/** Ends that the peer asked for. */
export const byPeer: readonly Behaviour[] = [
  {
    name: "a peer's code and reason are what CloseInfo says, and its close frame is answered with its code",
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const served = await stage.serve(app)
      for (const code of [1000, 1001, 1003, 1008, 1009, 1011, 4000, 4999]) {
        const { peer } = await pair(app, served)
        peer.close(code, 'čau')
        const { info } = await record.next('close')
        assert.deepEqual(endOf(info), { code, reason: 'čau', by: 'peer', clean: true, wireCode: code })
        assert.equal((await peer.closed).code, code)
      }
    },
  },
  {
    name: "a peer's codes 1012 to 1014 and 3000 to 3999 arrive as they are",
    needs: ['allPeerCodes'],
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const served = await stage.serve(app)
      for (const code of [1012, 1013, 1014, 3000, 3999]) {
        const { peer } = await pair(app, served)
        peer.close(code)
        const { info } = await record.next('close')
        assert.deepEqual(endOf(info), { code, reason: '', by: 'peer', clean: true, wireCode: code })
      }
    },
  },
  {
    name: 'a close frame without a code is 1005 by peer, and clean',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.close()
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), { code: 1005, reason: '', by: 'peer', clean: true, wireCode: 1005 })
    },
  },
]
