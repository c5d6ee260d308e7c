import { type Identity, Rejection } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { renewal } from '../src/index.js'
import { known } from './known.js'

const ADA: Identity = { subject: 'ada' }

describe('renewal', () => {
  it('takes messages of another shape, and answers as told', async () => {
    const { app, clock, enter } = await known()
    const tokens = { verify: async (token: string) => ({ ...ADA, roles: [token] }) }
    app
      .message(
        renewal({
          tokens,
          clock,
          match: (message) => (message.text().startsWith('renew ') ? message.text().slice(6) : undefined),
          answer: ({ type }, conn) => (type === 'renewed' ? `now ${conn.identity.roles?.[0]}` : undefined),
        }),
      )
      .message((conn) => {
        conn.send('handled')
      })
    const { peer } = await enter(ADA)
    peer.send('renew admin')
    expect(await peer.next()).toBe('now admin')
    peer.send('{"type":"renew","token":"x"}')
    expect(await peer.next()).toBe('handled')
  })

  it('says what the verifier threw to the operator, and not to the client', async () => {
    const { app, clock, enter } = await known()
    const thrown = [
      new Error('the keys are gone'),
      new Rejection({ status: 503 }),
      new Rejection({ status: 401 }),
    ]
    const outcomes: unknown[] = []
    const tokens = {
      verify: (): Promise<Identity> => {
        throw thrown[outcomes.length]
      },
    }
    app.message(renewal({ tokens, clock, onOutcome: (_, outcome) => outcomes.push(outcome) }))
    const { peer } = await enter(ADA)
    const answers: unknown[] = []
    for (const _ of thrown) {
      peer.send('{"type":"renew","token":"x"}')
      answers.push(await peer.next())
    }
    expect(answers).toEqual([
      '{"type":"renewal-refused","why":"unavailable"}',
      '{"type":"renewal-refused","why":"unavailable"}',
      '{"type":"renewal-refused","why":"invalid"}',
    ])
    expect(outcomes).toEqual([
      { type: 'refused', why: 'unavailable', cause: thrown[0] },
      { type: 'refused', why: 'unavailable', cause: thrown[1] },
      { type: 'refused', why: 'invalid', cause: thrown[2] },
    ])
  })

  it('costs a message that is none no promise', async () => {
    const { app, enter } = await known()
    const middleware = renewal({ tokens: { verify: async () => ADA } })
    const answers: unknown[] = []
    app.message((conn, message) => {
      answers.push(middleware(conn, message, () => {}))
      conn.send('done')
    })
    const { peer } = await enter(ADA)
    peer.send('hello')
    await peer.next()
    expect(answers).toEqual([undefined])
  })

  it('leaves nothing on the clock', async () => {
    const { app, clock, enter } = await known()
    app.message(renewal({ tokens: { verify: async () => ADA }, clock }))
    const { peer } = await enter(ADA)
    peer.send('{"type":"renew","token":"x"}')
    await peer.next()
    expect(clock.pending).toBe(0)
  })

  it('refuses options that make no sense', () => {
    const tokens = { verify: async () => ADA }
    for (const options of [
      { failures: 0 },
      { attempts: 0.5 },
      { per: -1 },
      { timeout: 2 ** 31 },
      { maxSize: 0 },
    ]) {
      expect(() => renewal({ tokens, ...options })).toThrow(
        expect.objectContaining({ code: 'LINKSPAN_OPTION' }),
      )
    }
  })
})
