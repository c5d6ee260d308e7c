import assert from 'node:assert/strict'
import { linkspan } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { LogBook, spelledOut } from '../log-book.js'
import { meet } from '../pair.js'
import { Gate, refusalOf } from '../support.js'

const QUERY = 'query-secret-7f3a'
const HEADER = 'header-secret-91bc'
const PAYLOAD = 'payload-secret-e05d'
const REASON = 'reason-secret-2b64'
const SECRETS = [QUERY, HEADER, PAYLOAD, REASON]

const LOADED = {
  path: `/room?token=${QUERY}`,
  headers: { authorization: `Bearer ${HEADER}`, cookie: `session=${HEADER}` },
} as const

/** What never goes to the log: whatever was entrusted to us. */
export const logs: readonly Behaviour[] = [
  {
    name: 'an ordinary life leaves no query string, header, payload or reason of the peer in the log',
    run: async (stage) => {
      const log = new LogBook()
      const app = stage.app({ logger: log }).message((conn, message) => {
        conn.send(message)
      })
      const { conn, peer } = await meet(stage, app, LOADED)
      peer.send(PAYLOAD)
      assert.equal(await peer.next(), PAYLOAD)
      peer.close(4444, REASON)
      assert.equal((await conn.closed).reason, REASON)
      assert.equal(log.ends.length, 1)
      assertSecret(log.text)
    },
  },
  {
    name: 'a life in which everything fails leaves none of them in the log or in an error',
    run: async (stage) => {
      const log = new LogBook()
      const never = new Gate()
      const app = stage
        .app({ logger: log, releaseTimeout: 1_000, inbox: { messages: 8 } })
        .use(async (conn, next) => {
          conn.defer(() => {
            throw new Error('a release')
          })
          conn.defer(() => never.opened)
          return next()
        })
        .message(async (conn) => {
          await new Promise<void>((resolve) => conn.signal.addEventListener('abort', () => resolve()))
          throw new Error('a handler')
        })
        .on('open', () => {
          throw new Error('a listener')
        })
      const record = stage.record(app)
      record.expectErrors()
      const { conn, peer } = await meet(stage, app, LOADED)
      peer.sendBurst([PAYLOAD, PAYLOAD, PAYLOAD])
      await stage.until(() => app.stats().totals.received === 3, 'three messages received')
      peer.sendText(Uint8Array.of(...new TextEncoder().encode(PAYLOAD), 0xff))
      await stage.until(() => conn.state === 'closing', 'the connection to close')
      await stage.clock.advance(1_000)
      await conn.closed
      assert.ok(record.of('error').length >= 4)
      assertSecret(log.text)
      assertSecret(spelledOut(record.all))
    },
  },
  {
    name: 'an error that nobody listens to leaves none of them in the log',
    run: async (stage) => {
      const log = new LogBook()
      // Not one of the stage's own, for these are listened to.
      const app = linkspan({ origin: '*', clock: stage.clock, logger: log }).message(async (conn) => {
        await new Promise<void>((resolve) => conn.signal.addEventListener('abort', () => resolve()))
        throw new Error('a handler')
      })
      const { conn, peer } = await meet(stage, app, LOADED)
      peer.sendBurst([PAYLOAD, PAYLOAD])
      await stage.until(() => app.stats().totals.received === 2, 'two messages received')
      peer.sendText(Uint8Array.of(...new TextEncoder().encode(PAYLOAD), 0xff))
      await conn.closed
      assert.deepEqual(
        log.at('error').map(({ fields }) => fields['code']),
        ['LINKSPAN_VIOLATION', 'LINKSPAN_HANDLER'],
      )
      assertSecret(log.text)
    },
  },
  {
    name: 'a refusal leaves none of them in the log, in an error or in its body',
    run: async (stage) => {
      const log = new LogBook()
      const app = stage.app({ logger: log }).use(async () => {
        throw new Error('the identity provider is down')
      })
      const record = stage.record(app)
      record.expectErrors('LINKSPAN_MIDDLEWARE')
      const { body, headers } = refusalOf(await (await stage.serve(app)).answer(LOADED))
      await record.next('close')
      assertSecret(log.text)
      assertSecret(spelledOut(record.all))
      assertSecret(spelledOut({ body, headers }))
      assert.equal(body.includes('identity provider'), false)
    },
  },
  {
    name: 'a payload that is no JSON is not quoted by the error that says so',
    run: async (stage) => {
      const log = new LogBook()
      const app = stage.app({ logger: log }).message((_conn, message) => void message.json())
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.send(PAYLOAD)
      assert.equal((await conn.closed).code, 1011)
      const { error } = await record.next('error')
      assert.ok(error.cause instanceof SyntaxError)
      assertSecret(spelledOut(record.all))
      assertSecret(log.text)
    },
  },
]

function assertSecret(text: string): void {
  for (const secret of SECRETS) {
    // Errors quote beginnings: a part of a secret is one too.
    assert.equal(text.includes(secret.slice(0, 10)), false, `'${secret}' was told:\n${text}`)
  }
}
