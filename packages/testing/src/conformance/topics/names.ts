import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { assertAlive, echo, errorCodeOf } from '../support.js'

/** Names that a broker, an object or a careless encoder could take for others. */
const DISTINCT = [
  'a',
  'A',
  'a.b',
  'a:b',
  'a/b',
  '*',
  'a.*',
  '>',
  'a.>',
  '#',
  'a/#',
  '+',
  '?',
  '[a]',
  ' a',
  'a ',
  '\0',
  'é',
  'e\u0301',
  'а',
  '__proto__',
  'constructor',
  '1:a:b',
  ':a',
  '%61',
  'x'.repeat(512),
]

const BAD: readonly unknown[] = [
  '',
  'x'.repeat(513),
  'x'.repeat(10_000),
  'a\ud800',
  undefined,
  null,
  7,
  {},
  ['a'],
]

/** What a topic may be called, and that no name stands for another. */
export const names: readonly Behaviour[] = [
  {
    name: 'every name is itself only: no wildcard, no delimiter, no look-alike reaches another topic',
    run: async (stage) => {
      const app = stage.app()
      const { conn, peer } = await meet(stage, app)
      for (const name of DISTINCT) {
        conn.join(name)
        for (const other of DISTINCT) if (other !== name) app.to(other).send(`${other} reached ${name}`)
        app.to(name).send('reached')
        assert.equal(await peer.next(), 'reached')
        conn.leave(name)
      }
      assert.equal(app.stats().gauges.topics, 0)
    },
  },
  {
    name: 'what is no name throws LINKSPAN_TOPIC, in join and in to, and changes nothing',
    run: async (stage) => {
      const app = stage.app().message(echo)
      const { conn, peer } = await meet(stage, app)
      for (const bad of BAD as readonly string[]) {
        assert.equal(await errorCodeOf(() => conn.join(bad)), 'LINKSPAN_TOPIC')
        assert.equal(await errorCodeOf(() => conn.to(bad).send('x')), 'LINKSPAN_TOPIC')
        assert.equal(await errorCodeOf(() => app.to(bad).send('x')), 'LINKSPAN_TOPIC')
      }
      assert.deepEqual([...conn.topics], [])
      await assertAlive(peer)
    },
  },
  {
    name: 'what is no name throws LINKSPAN_TOPIC before active too',
    run: async (stage) => {
      const codes: unknown[] = []
      const app = stage.app().use(async (conn, next) => {
        codes.push(await errorCodeOf(() => conn.join('')))
        return next()
      })
      await meet(stage, app)
      assert.deepEqual(codes, ['LINKSPAN_TOPIC'])
    },
  },
]
