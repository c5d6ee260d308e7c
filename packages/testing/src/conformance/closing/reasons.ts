import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { pair } from '../pair.js'

const CUTS: readonly (readonly [what: string, given: unknown, sent: string])[] = [
  ['123 bytes', 'a'.repeat(123), 'a'.repeat(123)],
  ['200 bytes', 'a'.repeat(200), 'a'.repeat(123)],
  ['200 characters of two bytes', 'é'.repeat(200), 'é'.repeat(61)],
  ['67 characters of three bytes', '€'.repeat(67), '€'.repeat(41)],
  ['50 characters of four bytes', '🍵'.repeat(50), '🍵'.repeat(30)],
  ['one byte, then characters of four', `a${'🍵'.repeat(50)}`, `a${'🍵'.repeat(30)}`],
  ['a lone surrogate', 'a\ud83cb', 'a\ufffdb'],
  ['a lone surrogate at the cut', `${'a'.repeat(122)}\ud83c`, 'a'.repeat(122)],
  ['nothing', undefined, ''],
  ['a number', 42, ''],
  ['null', null, ''],
  ['an object that has no string', Object.create(null), ''],
]

/** What becomes of a reason. */
export const reasons: readonly Behaviour[] = [
  {
    name: 'a reason is cut to 123 bytes of UTF-8 at a character, what is no string is none, and CloseInfo has what was sent',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const served = await stage.serve(app)
      for (const [what, given, sent] of CUTS) {
        const { conn, peer } = await pair(app, served)
        conn.close(4000, given as string)
        assert.deepEqual(await peer.closed, { code: 4000, reason: sent }, what)
        assert.equal((await record.next('close')).info.reason, sent, what)
      }
    },
  },
]
