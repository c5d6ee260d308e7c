import { strict as assert } from 'node:assert'
import { type Middleware, pipeline, type RejectionInit } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { endOf } from '../support.js'
import { refuse } from './refuse.js'

const INTERNAL = '{"type":"about:blank","title":"Internal Server Error","status":500,"code":1011}'
const SECRET = new Error('connect ECONNREFUSED 10.0.0.7:5432, password "hunter2"')

/** Middleware that fails before the connection is active: 500, and not a word of why but to ourselves. */
export const failures: readonly Behaviour[] = [
  fails('middleware that rejects', async () => {
    await undefined
    throw SECRET
  }),
  fails('middleware that throws before it has awaited anything', () => {
    throw SECRET
  }),
  fails(
    'middleware of a bundle that throws',
    pipeline().use(() => {
      throw SECRET
    }),
  ),
  {
    name: 'an error that has a status is trusted with none',
    async run(stage) {
      const { status, body, record } = await refuse(stage, async () => {
        throw Object.assign(new Error('no such row'), {
          status: 404,
          statusCode: 404,
          headers: { 'x-row': '7' },
        })
      })
      assert.equal(status, 500)
      assert.equal(body, INTERNAL)
      await record.next('error')
    },
  },
  {
    name: 'a thrown value that is no Error is reported as the cause of one',
    async run(stage) {
      const { status, body, record } = await refuse(stage, () => Promise.reject('no such table'))
      assert.equal(status, 500)
      assert.equal(body, INTERNAL)
      const { error } = await record.next('error')
      assert.equal((error.cause as Error).message, 'no such table')
    },
  },
  {
    name: 'a scope function that throws refuses with 500, and middleware unwinds before what it took is given back',
    async run(stage) {
      const log: string[] = []
      const middleware: Middleware<{}, {}> = async (conn, next) => {
        conn.defer(() => {
          log.push('released')
        })
        try {
          return await next()
        } finally {
          log.push('finally')
        }
      }
      const scope = (): never => {
        throw SECRET
      }
      const { status, body, record } = await refuse(stage, middleware, { scope })
      assert.equal(status, 500)
      assert.equal(body, INTERNAL)
      assert.equal((await record.next('error')).error.cause, SECRET)
      assert.equal((await record.next('close')).info.code, 1011)
      assert.deepEqual(log, ['finally', 'released'])
      assert.equal(record.of('open').length, 0)
    },
  },
  ...(
    [
      [
        'a header value with a line break',
        { status: 401, headers: { 'x-user': 'ada\r\nset-cookie: admin=1' } },
      ],
      ['a header value with a null byte', { status: 401, headers: { 'x-user': 'ada\0' } }],
      ['a header name with a line break', { status: 401, headers: { 'x-user\r\nset-cookie': 'admin=1' } }],
      ['a header name with a space', { status: 401, headers: { 'x user': 'ada' } }],
      ['an empty header name', { status: 401, headers: { '': 'ada' } }],
      ['a retryAfter of half a second', { status: 429, retryAfter: 0.5 }],
      ['a retryAfter in the past', { status: 429, retryAfter: -1 }],
      ['a status that is no refusal', { status: 200 }],
      ['a status that HTTP does not have', { status: 999 }],
    ] as const
  ).map(([what, rejection]) => cannotTravel(what, rejection, 'LINKSPAN_REJECTION')),
  cannotTravel('a close code that must not be sent', { status: 401, code: 1006 }, 'LINKSPAN_CLOSE_CODE'),
]

function fails(what: string, middleware: Middleware<{}, unknown>): Behaviour {
  return {
    name: `${what} refuses with 500 without detail, and is an error event with its cause`,
    async run(stage) {
      const { status, headers, body, record } = await refuse(stage, middleware)
      assert.equal(status, 500)
      assert.equal(headers['content-type'], 'application/problem+json')
      assert.equal(body, INTERNAL)
      const { error } = await record.next('error')
      assert.equal(error.code, 'LINKSPAN_MIDDLEWARE')
      assert.equal(error.cause, SECRET)
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 1011,
        reason: '',
        by: 'server',
        clean: false,
        wireCode: undefined,
      })
      const [{ status: told, code, reason } = {}] = record.of('reject')
      assert.deepEqual({ told, code, reason }, { told: 500, code: 1011, reason: '' })
      assert.equal(record.of('error').length, 1)
    },
  }
}

function cannotTravel(what: string, rejection: RejectionInit, errorCode: string): Behaviour {
  return {
    name: `a refusal with ${what} is an error, and refuses with 500`,
    async run(stage) {
      const { status, headers, body, record } = await refuse(stage, async (conn) => conn.reject(rejection))
      assert.equal(status, 500)
      assert.equal(body, INTERNAL)
      assert.equal(headers['set-cookie'], undefined)
      assert.equal(headers['x-user'], undefined)
      assert.equal((await record.next('error')).error.code, errorCode)
    },
  }
}
