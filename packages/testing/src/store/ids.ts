import { strict as assert } from 'node:assert'
import { freshId, LONG, made, type StoreBehaviour } from './behaviour.js'

/** Ids that mean something to a key space, a file system, a query or a wire format. */
const HOSTILE: readonly string[] = [
  '',
  ' ',
  '*',
  '?',
  '[a-z]*',
  '{',
  '}',
  '{}',
  '}{',
  '{a}b',
  '{a}{b}',
  ':',
  'a:b',
  'a::b',
  '../../etc/passwd',
  '\0',
  'a\0b',
  'a\r\nDEL b',
  "'; DROP TABLE sessions; --",
  '$ne',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'K',
  'k',
  '\u212a',
  'é',
  'e\u0301',
  '\ud800',
  '\udfff',
  '\u{1f6a2}',
  '\ufffd',
  'x'.repeat(10_000),
  `${'x'.repeat(10_000)}y`,
]

/** Whose session it is depends on the whole id, and on nothing else. */
export const ids: readonly StoreBehaviour[] = [
  {
    name: 'hostile ids name a session of their own each, or are refused',
    async run({ store, other }) {
      const mark = freshId()
      const kept = new Map<string, string>()
      for (const [index, id] of HOSTILE.entries()) {
        const data = `${mark} ${index}`
        // An id that was used before, by a test that did not end, is in the way.
        await store.destroy(id).catch(() => {})
        const result = await store.save(id, data, { version: 0, ttl: LONG }).catch(() => 'refused')
        if (result === 'refused') continue
        assert.equal(result, 'saved', `id ${index}`)
        kept.set(id, data)
      }
      for (const [id, data] of kept) assert.equal((await other.load(id))?.data, data)
      for (const id of kept.keys()) assert.equal(await store.destroy(id), true)
    },
  },
  {
    name: 'hostile ids that were never saved find nothing, and destroy nothing',
    async run({ store }) {
      const id = await made(store)
      for (const hostile of HOSTILE) {
        const found = await store.load(hostile).catch(() => undefined)
        assert.equal(found, undefined)
        await store.destroy(hostile).catch(() => false)
      }
      for (const near of [id.toLowerCase(), id.toUpperCase(), `${id} `, ` ${id}`, id.slice(1), `${id}\0`]) {
        if (near === id) continue
        assert.equal(await store.destroy(near).catch(() => false), false)
      }
      assert.equal((await store.load(id))?.data, 'first')
    },
  },
  {
    name: 'applications in one backend do not see each other',
    needs: 'prefixes',
    async run({ store, apart }) {
      assert.ok(apart)
      const id = await made(store)
      assert.equal(await apart.load(id), undefined)
      assert.equal(await apart.touch(id, LONG), false)
      assert.equal(await apart.destroy(id), false)
      assert.equal(await apart.save(id, 'another', { version: 0, ttl: LONG }), 'saved')
      assert.equal((await store.load(id))?.data, 'first')
      assert.equal(await store.destroy(id), true)
      assert.equal((await apart.load(id))?.data, 'another')
    },
  },
]
