import { linkspan, Rejection } from '@linkspan/core'
import { type Attempt, memoryHost, VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../src/circuit-breaker-circuit.js'
import { failedBy, outcomeOf } from '../src/circuit-breaker-outcome.js'

type Inside = Parameters<Parameters<ReturnType<typeof linkspan>['use']>[0]>

const nothing = () => {}

/** How a handshake is judged whose middleware does this; `then` is done to it from outside. */
async function judged(
  middleware: (...args: Inside) => Promise<unknown>,
  then: (scene: {
    conn: Inside[0]
    attempt: Attempt
    app: ReturnType<typeof linkspan>
    clock: VirtualClock
  }) => unknown = nothing,
): Promise<Outcome> {
  const clock = new VirtualClock()
  const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }
  const app = linkspan({ origin: '*', clock, logger })
  let conn: Inside[0] | undefined
  let outcome: Promise<Outcome> | undefined
  app
    .use((one, next) => {
      conn = one
      const inside = next()
      outcome = one.opened.then(() => outcomeOf(one, inside, failedBy))
      return inside
    })
    .use((one, next) => middleware(one, next) as ReturnType<typeof next>)
  const host = await memoryHost(app)
  const attempt = host.connect()
  attempt.answer.catch(nothing)
  while (conn === undefined) await clock.advance(0)
  await then({ conn, attempt, app, clock })
  const answer = await (outcome as Promise<Outcome> | undefined)
  await host.close()
  return answer as Outcome
}

const throwing = (thrown: unknown) => async () => {
  throw thrown
}
const untilAborted =
  (thrown?: unknown) =>
  ({ signal }: Inside[0]) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(thrown ?? signal.reason)))

describe('the outcome of a handshake that did not open', () => {
  it('is a failure where a middleware threw, or refused with a status from 500 on', async () => {
    expect(await judged(throwing(new Error('ECONNREFUSED')))).toBe('failure')
    expect(await judged(throwing('a string'))).toBe('failure')
    for (const status of [500, 502, 503, 504]) {
      expect(await judged(throwing(new Rejection({ status })))).toBe('failure')
    }
    expect(await judged(throwing(new Rejection({ status: 502, code: 4321 })))).toBe('failure')
  })

  it('says nothing where the client was refused', async () => {
    for (const status of [302, 400, 401, 403, 429]) {
      expect(await judged(throwing(new Rejection({ status })))).toBe('neutral')
    }
    expect(await judged(throwing(new Rejection({ status: 401, code: 1013 })))).toBe('neutral')
  })

  it('is a failure where time ran out, whether the middleware noticed or not', async () => {
    const wait = ({ clock }: { clock: VirtualClock }) => clock.advance(3_000 + 10_000)
    expect(await judged(untilAborted(), wait)).toBe('failure')
    expect(await judged(() => new Promise(nothing), wait)).toBe('failure')
  })

  it('says nothing where the client left, whatever that made the middleware throw', async () => {
    const leave = ({ attempt }: { attempt: { cut(): void } }) => attempt.cut()
    expect(await judged(untilAborted(), leave)).toBe('neutral')
    expect(await judged(untilAborted(new Error('ECONNRESET')), leave)).toBe('neutral')
    expect(await judged(untilAborted(new Rejection({ status: 503 })), leave)).toBe('neutral')
  })

  it('says nothing where the client closed with a code of ours, during authentication in band', async () => {
    const close = async ({ attempt }: { attempt: Attempt }) => {
      const answer = await attempt.answer
      if (answer.upgraded) answer.peer.close(1013)
    }
    const inBand = async (conn: Inside[0]) => {
      await conn.accept()
      await conn.read()
    }
    expect(await judged(inBand, close)).toBe('neutral')
  })

  it('does not wait for the end of a connection that was refused after its 101: the client may take its time', async () => {
    const hold = async ({ attempt }: { attempt: Attempt }) => {
      const answer = await attempt.answer
      if (!answer.upgraded) throw new Error('there was no 101')
      answer.peer.answersClose = false
      answer.peer.send('wrong')
    }
    const inBand = async (conn: Inside[0]) => {
      await conn.accept()
      await conn.read()
      return conn.reject({ status: 401 })
    }
    expect(await judged(inBand, hold)).toBe('neutral')
  })

  it('says nothing where the application closed it, whatever that made the middleware throw', async () => {
    expect(await judged(untilAborted(), ({ conn }) => conn.close(4000))).toBe('neutral')
    expect(await judged(untilAborted(new Error('late')), ({ conn }) => conn.close(4001))).toBe('neutral')
    expect(await judged(untilAborted(new Rejection({ status: 500 })), ({ conn }) => conn.close(4001))).toBe(
      'neutral',
    )
    expect(await judged(untilAborted(), async ({ app }) => void app.drain())).toBe('neutral')
  })

  it('says nothing where a middleware forgot to hand on', async () => {
    expect(await judged(async () => undefined)).toBe('neutral')
  })
})
