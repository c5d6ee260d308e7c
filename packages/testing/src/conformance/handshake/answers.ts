import { strict as assert } from 'node:assert'
import type { Behaviour, Stage } from '../../behaviour.js'
import type { Upgraded } from '../../peer.js'
import { only, refusalOf } from '../support.js'

/** What the 101 says, and which subprotocol it chooses (RFC 6455 §4.2.2). */
export const answers: readonly Behaviour[] = [
  {
    name: 'the 101 carries Upgrade, Connection and the accept value of the key',
    async run(stage) {
      const served = await stage.serve(stage.app())
      // The key and its accept value of RFC 6455 §1.3.
      const answer = await served.answer({ headers: { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } })
      assert.ok(answer.upgraded)
      assert.equal(answer.headers['upgrade']?.toLowerCase(), 'websocket')
      assert.equal(answer.headers['connection']?.toLowerCase(), 'upgrade')
      assert.equal(answer.headers['sec-websocket-accept'], 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
    },
  },
  {
    name: 'compression is off unless the application turns it on',
    async run(stage) {
      const served = await stage.serve(stage.app())
      const answer = await served.answer({
        headers: { 'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits' },
      })
      assert.ok(answer.upgraded)
      assert.equal(answer.headers['sec-websocket-extensions'], undefined)
    },
  },
  {
    name: "the first of the server's subprotocols that the client offers is chosen",
    async run(stage) {
      const { app, answer } = await offer(stage, ['chat.v2', 'chat.v1'], ['chat.v0', 'chat.v1', 'chat.v2'])
      assert.equal(answer.headers['sec-websocket-protocol'], 'chat.v2')
      assert.equal(answer.peer.protocol, 'chat.v2')
      assert.equal(only(app).protocol, 'chat.v2')
    },
  },
  {
    name: 'subprotocols are told apart by case',
    async run(stage) {
      const { app, answer } = await offer(stage, ['Chat', 'chat'], ['chat'])
      assert.equal(answer.peer.protocol, 'chat')
      assert.equal(only(app).protocol, 'chat')
    },
  },
  {
    name: 'no subprotocol in common is answered with 101 without one',
    async run(stage) {
      const { app, answer } = await offer(stage, ['chat.v2'], ['chat.v1', 'mqtt'])
      assert.equal(answer.headers['sec-websocket-protocol'], undefined)
      assert.equal(answer.peer.protocol, '')
      assert.equal(only(app).protocol, '')
    },
  },
  {
    name: 'a client that offers no subprotocol gets none',
    async run(stage) {
      const { app, answer } = await offer(stage, ['chat.v2'], [])
      assert.equal(answer.headers['sec-websocket-protocol'], undefined)
      assert.equal(only(app).protocol, '')
    },
  },
  {
    name: 'a server without subprotocols never echoes one',
    async run(stage) {
      const { app, answer } = await offer(stage, [], ['chat.v1', 'chat.v2'])
      assert.equal(answer.headers['sec-websocket-protocol'], undefined)
      assert.equal(only(app).protocol, '')
    },
  },
  {
    name: 'requireProtocol refuses what has no subprotocol in common with 400, before any middleware',
    async run(stage) {
      const app = stage.app({ protocols: ['chat.v2'], requireProtocol: true })
      let entered = 0
      app.use((_conn, next) => {
        entered += 1
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      for (const protocols of [['chat.v1'], []]) {
        const { status, headers, body } = refusalOf(await served.answer({ protocols }))
        assert.equal(status, 400)
        assert.equal(headers['content-type'], 'application/problem+json')
        assert.equal((JSON.parse(body) as { code: number }).code, 1008)
        const { info } = await record.next('close')
        assert.equal(info.code, 1008)
      }
      assert.equal(entered, 0)
    },
  },
  {
    name: 'requireProtocol lets in what has one in common',
    async run(stage) {
      const { answer } = await offer(stage, ['chat.v2', 'chat.v1'], ['chat.v1'], true)
      assert.equal(answer.peer.protocol, 'chat.v1')
    },
  },
]

async function offer(
  stage: Stage,
  protocols: readonly string[],
  offered: readonly string[],
  requireProtocol = false,
): Promise<{ app: ReturnType<Stage['app']>; answer: Upgraded }> {
  const app = stage.app({ protocols, requireProtocol })
  const served = await stage.serve(app)
  const answer = await served.answer({ protocols: offered })
  assert.ok(answer.upgraded)
  return { app, answer }
}
