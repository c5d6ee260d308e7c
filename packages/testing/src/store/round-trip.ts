import { strict as assert } from 'node:assert'
import { LONG, made, type StoreBehaviour } from './behaviour.js'

const TEXTS: Readonly<Record<string, string>> = {
  'an empty text': '',
  'plain JSON': '{"m":["a"],"v":{"cart":["apple"]}}',
  'text of many scripts':
    'Grüße, 世界, שלום, \u{1f6a2}\u{1f3f4}\u{e0067}\u{e007f}, e\u0301 and é, \u2028\u2029\ufeff\uffff',
  'control characters and quotes': '\0\u0001\t\r\n\u001b"\'\\`#{x}%00\u007f',
  'every byte as a character': Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join(''),
  'JSON that means harm': '{"__proto__":{"admin":true},"constructor":{"prototype":{}},"n":1e400}',
  'a text that looks like a number': '007',
  'a text that looks like nothing': 'null',
}

/** What was saved comes back, to the last bit. */
export const roundTrip: readonly StoreBehaviour[] = [
  ...Object.entries(TEXTS).map(
    ([what, data]): StoreBehaviour => ({
      name: `${what} comes back as it was saved`,
      async run({ store, other }) {
        const id = await made(store, data)
        assert.equal((await other.load(id))?.data, data)
      },
    }),
  ),
  {
    name: 'a megabyte comes back as it was saved',
    async run({ store, other }) {
      const data = JSON.stringify({ v: 'é\u{1f6a2}x\\"'.repeat(100_000) })
      const id = await made(store, data)
      // Not assert.equal: a difference would print both.
      assert.ok((await other.load(id))?.data === data)
    },
  },
  {
    name: 'the text of a later save replaces all of the earlier one',
    async run({ store, other }) {
      const id = await made(store, 'a long text to begin with')
      assert.equal(await other.save(id, 'short', { version: 1, ttl: LONG }), 'saved')
      assert.equal((await store.load(id))?.data, 'short')
    },
  },
  {
    name: 'many sessions at once do not mix',
    async run({ store, other }) {
      const ids = await Promise.all(
        Array.from({ length: 100 }, (_, index) => made(store, `session ${index}`)),
      )
      const loaded = await Promise.all(ids.map((id) => other.load(id)))
      assert.deepEqual(
        loaded.map((stored) => stored?.data),
        ids.map((_, index) => `session ${index}`),
      )
    },
  },
]
