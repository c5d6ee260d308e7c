import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { echo, endOf } from '../support.js'

const TEXTS = ['', 'a', 'čaj, 🍵 and \u0000', '\ufeffa mark of order', '{"a":[1,2]}'] as const

const BINARIES = [[], [0], [0xff, 0xfe, 0x00, 0x80], [0x80, 0x81, 0xc0]] as const

/** Both kinds of message, at every size. */
export const payloads: readonly Behaviour[] = [
  {
    name: 'text arrives as text, both ways, whatever its characters',
    run: async (stage) => {
      const { peer } = await meet(stage, stage.app().message(echo))
      for (const text of TEXTS) {
        peer.send(text)
        assert.equal(await peer.next(), text)
      }
    },
  },
  {
    name: 'binary arrives as binary, both ways, whatever its bytes',
    run: async (stage) => {
      const { peer } = await meet(stage, stage.app().message(echo))
      for (const bytes of BINARIES) {
        peer.send(Uint8Array.from(bytes))
        const back = await peer.next()
        assert.notEqual(typeof back, 'string')
        assert.deepEqual([...back], [...bytes])
      }
    },
  },
  {
    name: 'a message of exactly maxPayload, 64 KiB by default, goes through',
    run: async (stage) => {
      const { peer } = await meet(stage, stage.app().message(echo))
      const text = 'x'.repeat(65_536)
      peer.send(text)
      assert.equal(await peer.next(), text)
      peer.send(new Uint8Array(65_536).fill(7))
      const back = await peer.next()
      assert.equal(back.length, 65_536)
      assert.equal(back[65_535], 7)
    },
  },
  {
    name: 'a larger maxPayload lets larger messages in',
    run: async (stage) => {
      const sizes: number[] = []
      const app = stage.app({ maxPayload: 1_048_576 }).message((_conn, message) => {
        sizes.push(message.size)
      })
      const { peer } = await meet(stage, app)
      peer.send(new Uint8Array(1_048_576))
      peer.send('x'.repeat(1_048_576))
      await stage.until(() => sizes.length === 2, 'both messages handled')
      assert.deepEqual(sizes, [1_048_576, 1_048_576])
    },
  },
  {
    name: 'a message one byte above maxPayload is not handled, and closes with 1009',
    run: async (stage) => {
      const sizes: number[] = []
      const app = stage.app().message((_conn, message) => {
        sizes.push(message.size)
      })
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      record.expectErrors('LINKSPAN_VIOLATION')
      peer.send('x'.repeat(65_537))
      const { info } = await record.next('close')
      const sent = stage.supports.violationFrame ? 1009 : undefined
      assert.deepEqual(endOf(info), { code: 1009, reason: '', by: 'server', clean: false, wireCode: sent })
      assert.equal((await peer.closed).code, sent)
      assert.deepEqual(sizes, [])
    },
  },
  {
    name: 'maxPayload counts bytes, not characters',
    run: async (stage) => {
      const app = stage.app({ maxPayload: 6 }).message(echo)
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.send('€€')
      assert.equal(await peer.next(), '€€')
      record.expectErrors('LINKSPAN_VIOLATION')
      peer.send('€€!')
      assert.equal((await record.next('close')).info.code, 1009)
    },
  },
  {
    name: 'text that is no UTF-8 is not handled, and closes with 1007',
    run: async (stage) => {
      let handled = 0
      const app = stage.app().message(() => {
        handled += 1
      })
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      record.expectErrors('LINKSPAN_VIOLATION')
      peer.sendText(Uint8Array.of(0x61, 0xc3, 0x28))
      const { info } = await record.next('close')
      const sent = stage.supports.violationFrame ? 1007 : undefined
      assert.deepEqual(endOf(info), { code: 1007, reason: '', by: 'server', clean: false, wireCode: sent })
      assert.equal((await peer.closed).code, sent)
      assert.equal(handled, 0)
    },
  },
]
