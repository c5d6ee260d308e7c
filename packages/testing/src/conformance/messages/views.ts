import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'

/** What a message lets a handler see of it. */
export const views: readonly Behaviour[] = [
  {
    name: 'a message tells its kind, its size in bytes, and its content as text, JSON or bytes',
    run: async (stage) => {
      const seen: unknown[] = []
      const app = stage.app().message((_conn, message) => {
        const { kind, size } = message
        seen.push({ kind, size, text: message.text(), bytes: [...message.bytes()], json: message.json() })
      })
      const { peer } = await meet(stage, app)
      peer.sendBurst(['"€"', Uint8Array.of(0x5b, 0x31, 0x5d)])
      await stage.until(() => seen.length === 2, 'both messages handled')
      assert.deepEqual(seen, [
        { kind: 'text', size: 5, text: '"€"', bytes: [0x22, 0xe2, 0x82, 0xac, 0x22], json: '€' },
        { kind: 'binary', size: 3, text: '[1]', bytes: [0x5b, 0x31, 0x5d], json: [1] },
      ])
    },
  },
  {
    name: 'bytes() is a Uint8Array that is as long as the message',
    run: async (stage) => {
      const seen: Uint8Array[] = []
      const app = stage.app().message((_conn, message) => {
        seen.push(message.bytes())
      })
      const { peer } = await meet(stage, app)
      peer.send('three')
      await stage.until(() => seen.length === 1, 'the message handled')
      assert.ok(seen[0] instanceof Uint8Array)
      assert.equal(seen[0].byteLength, 5)
    },
  },
  {
    name: 'what is no UTF-8 in a binary message becomes U+FFFD in its text',
    run: async (stage) => {
      const seen: string[] = []
      const app = stage.app().message((_conn, message) => {
        seen.push(message.text())
      })
      const { peer } = await meet(stage, app)
      peer.send(Uint8Array.of(0x61, 0xff, 0x62))
      await stage.until(() => seen.length === 1, 'the message handled')
      assert.deepEqual(seen, ['a\ufffdb'])
    },
  },
  {
    name: 'json() of what is no JSON throws a SyntaxError, which a handler can catch',
    run: async (stage) => {
      const app = stage.app().message((conn, message) => {
        try {
          message.json()
        } catch (thrown) {
          conn.send(thrown instanceof SyntaxError ? 'no JSON' : 'something else')
        }
      })
      const { peer } = await meet(stage, app)
      peer.send('{"a":')
      assert.equal(await peer.next(), 'no JSON')
    },
  },
]
