import assert from 'node:assert/strict'
import type { Message } from '@linkspan/core'
import type { Behaviour, Chapter } from '../behaviour.js'
import { encodeFrame, Opcode } from '../frame.js'
import { meet } from './pair.js'
import { assertAlive, echo, endOf, Gate } from './support.js'

const TEXTS = ['', 'a', 'čaj, 🍵 and \u0000', '\ufeffa mark of order', '{"a":[1,2]}'] as const
const BINARIES = [[], [0], [0xff, 0xfe, 0x00, 0x80], [0x80, 0x81, 0xc0]] as const

/** Messages of two kinds and every size, and what they let a handler see. */
export const chapter: Chapter = {
  title: 'messages',
  behaviours: [...payloads(), ...fragments(), ...views(), ...kept()],
}

function payloads(): Behaviour[] {
  return [
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
}

function fragments(): Behaviour[] {
  return [
    {
      name: 'a fragmented message is handled once, whole, with pings between its fragments',
      needs: ['rawFrames'],
      run: async (stage) => {
        const { peer } = await meet(stage, stage.app().message(echo))
        const euro = new TextEncoder().encode('€')
        peer.raw?.(encodeFrame({ opcode: Opcode.text, payload: euro.subarray(0, 1), fin: false }))
        peer.raw?.(encodeFrame({ opcode: Opcode.ping, payload: 'still here' }))
        peer.raw?.(encodeFrame({ opcode: Opcode.continuation, payload: euro.subarray(1, 2), fin: false }))
        peer.raw?.(encodeFrame({ opcode: Opcode.continuation, payload: euro.subarray(2) }))
        assert.equal(await peer.next(), '€')
        await assertAlive(peer)
        assert.equal(peer.received, 0)
      },
    },
    {
      name: 'fragments that together exceed maxPayload close with 1009',
      needs: ['rawFrames'],
      run: async (stage) => {
        const app = stage.app({ maxPayload: 10 }).message(echo)
        const record = stage.record(app)
        const { peer } = await meet(stage, app)
        peer.raw?.(encodeFrame({ opcode: Opcode.binary, payload: '12345', fin: false }))
        peer.raw?.(encodeFrame({ opcode: Opcode.continuation, payload: '67890', fin: false }))
        record.expectErrors('LINKSPAN_VIOLATION')
        peer.raw?.(encodeFrame({ opcode: Opcode.continuation, payload: '!', fin: false }))
        const { info } = await record.next('close')
        assert.equal(info.code, 1009)
        assert.equal(info.by, 'server')
      },
    },
  ]
}

function views(): Behaviour[] {
  return [
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
}

function kept(): Behaviour[] {
  return [
    {
      name: 'a message that was kept is still itself after a hundred others',
      run: async (stage) => {
        const all: Message[] = []
        const app = stage.app().message((_conn, message) => {
          all.push(message)
        })
        const { peer } = await meet(stage, app)
        const texts = Array.from({ length: 100 }, (_, i) => `message ${i}`.padEnd(i * 10, '.'))
        for (const text of texts) peer.send(text)
        await stage.until(() => all.length === 100, 'a hundred messages handled')
        assert.deepEqual(
          all.map((message) => message.text()),
          texts,
        )
        assert.deepEqual(
          all.map((message) => message.kind),
          texts.map(() => 'text'),
        )
      },
    },
    {
      name: 'bytes that a handler took out of a message stay as they were',
      run: async (stage) => {
        const taken: Uint8Array[] = []
        const app = stage.app().message((_conn, message) => {
          taken.push(message.bytes())
        })
        const { peer } = await meet(stage, app)
        for (let i = 0; i < 20; i += 1) peer.send(new Uint8Array(100 + i).fill(i))
        await stage.until(() => taken.length === 20, 'twenty messages handled')
        for (const [i, bytes] of taken.entries()) assert.deepEqual([...bytes], Array(100 + i).fill(i))
      },
    },
    {
      name: 'a handler that gives the bytes of its message away takes nothing from any other message',
      run: async (stage) => {
        const kept: Message[] = []
        const app = stage.app().message((conn, message) => {
          const { buffer } = message.bytes()
          if (message.text() === 'given away') structuredClone(buffer, { transfer: [buffer as ArrayBuffer] })
          else kept.push(message)
          conn.send('taken')
        })
        const { peer } = await meet(stage, app)
        for (const text of ['before', 'given away', 'after', 'long after']) {
          peer.send(text)
          assert.equal(await peer.next(), 'taken')
        }
        assert.deepEqual(kept.at(-1)?.text(), 'long after')
        assert.deepEqual(kept.at(-2)?.text(), 'after')
      },
    },
    {
      name: 'a message is still itself after its handler awaited something, others having arrived meanwhile',
      run: async (stage) => {
        const gate = new Gate()
        const read: string[] = []
        const app = stage.app().message(async (_conn, message) => {
          await gate.opened
          read.push(message.text())
        })
        const { peer } = await meet(stage, app)
        const texts = ['the first', 'another', 'and one of another size']
        for (const text of texts) peer.send(text)
        await stage.until(() => app.stats().totals.received === 3, 'three messages received')
        gate.open()
        await stage.until(() => read.length === 3, 'three messages handled')
        assert.deepEqual(read, texts)
      },
    },
    {
      name: 'a message is sent on as it is, text as text and binary as binary, at once or after an await',
      run: async (stage) => {
        const gate = new Gate()
        const app = stage.app().message(async (conn, message) => {
          conn.send(message)
          await gate.opened
          conn.send(message)
        })
        const { peer } = await meet(stage, app)
        peer.sendBurst(['žluť', Uint8Array.of(0xff, 0x00)])
        assert.equal(await peer.next(), 'žluť')
        gate.open()
        assert.equal(await peer.next(), 'žluť')
        assert.deepEqual([...(await peer.next())], [0xff, 0x00])
        assert.deepEqual([...(await peer.next())], [0xff, 0x00])
      },
    },
  ]
}
