import assert from 'node:assert/strict'
import type { Message } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { Gate } from '../support.js'

/** A message is valid for as long as somebody has it. */
export const kept: readonly Behaviour[] = [
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
