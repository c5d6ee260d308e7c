import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { errorCodeOf, refusalOf } from '../support.js'

/** What middleware adds to the answer. */
export const headers: readonly Behaviour[] = [
  {
    name: 'what setHeader() adds leaves with the 101, each cookie as a line of its own',
    run: async (stage) => {
      const app = stage.app().use((conn, next) => {
        conn.setHeader('X-Node', 'first')
        conn.setHeader('x-node', 'second')
        conn.setHeader('Set-Cookie', 'a=1; Path=/')
        conn.setHeader('Set-Cookie', 'b=2; HttpOnly')
        return next()
      })
      const answer = await (await stage.serve(app)).answer()
      assert.ok(answer.upgraded)
      assert.equal(answer.headers['x-node'], 'second')
      assert.equal(answer.headers['set-cookie'], 'a=1; Path=/\nb=2; HttpOnly')
    },
  },
  {
    name: 'what setHeader() adds leaves with a refusal, whose own headers win',
    run: async (stage) => {
      const app = stage.app().use((conn) => {
        conn.setHeader('X-Node', 'a7')
        conn.setHeader('X-Why', 'set')
        conn.setHeader('Set-Cookie', 'a=1')
        conn.setHeader('Set-Cookie', 'b=2')
        return conn.reject({ status: 401, headers: { 'x-why': 'rejected' } })
      })
      const { status, headers } = refusalOf(await (await stage.serve(app)).answer())
      assert.equal(status, 401)
      assert.equal(headers['x-node'], 'a7')
      assert.equal(headers['x-why'], 'rejected')
      assert.equal(headers['set-cookie'], 'a=1\nb=2')
      assert.equal(headers['content-type'], 'application/problem+json')
    },
  },
  {
    name: 'what setHeader() adds leaves with the 101 of an early accept()',
    run: async (stage) => {
      const codes: (string | undefined)[] = []
      const app = stage.app().use(async (conn, next) => {
        conn.setHeader('x-node', 'a7')
        await conn.accept()
        codes.push(await errorCodeOf(() => conn.setHeader('x-node', 'too late')))
        return next()
      })
      const answer = await (await stage.serve(app)).answer()
      assert.ok(answer.upgraded)
      assert.equal(answer.headers['x-node'], 'a7')
      await stage.record(app).next('open')
      assert.deepEqual(codes, ['LINKSPAN_STATE'])
    },
  },
  {
    name: 'a header that would split the answer is refused, and the client learns nothing of it',
    run: async (stage) => {
      const app = stage.app().use((conn, next) => {
        conn.setHeader('x-node', 'a\r\nset-cookie: admin=1')
        return next()
      })
      const { status, headers } = refusalOf(await (await stage.serve(app)).answer())
      assert.equal(status, 500)
      assert.equal(headers['set-cookie'], undefined)
      const { error } = await stage.record(app).next('error')
      assert.equal(error.code, 'LINKSPAN_HEADER')
    },
  },
]
