import { Explanation, type linkspan as Make } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { replay, type World } from '../../src/index.js'
import { recordedLife, recordingOf } from './recordings.js'

type Act = Parameters<typeof recordedLife>[1]

const make = ({ linkspan }: { linkspan: typeof Make }) => {
  const app = linkspan({ heartbeat: { interval: 1_000, misses: 2 }, maxPayload: 100, closeTimeout: 500 })
  // Violations are meant.
  app.on('error', () => {})
  return app.message((conn, message) => {
    if (message.text() === 'leave') conn.close(4001, 'as you wish')
    else conn.send(message)
  })
}

const ENDS: Readonly<Record<string, readonly [act: Act, sentence: string]>> = {
  'a close frame without a code': [
    ({ peer }) => peer.close(),
    'The client closed it after 0 ms, without a code.',
  ],
  'a socket that is cut': [
    async ({ peer, clock }) => {
      await clock.advance(40)
      peer.cut()
    },
    'The network lost it after 40 ms: its socket ended without a close frame.',
  ],
  'a message that is too large': [
    ({ peer }) => peer.send(new Uint8Array(101)),
    'The client sent a message larger than maxPayload, which is 100 bytes: it was closed after 0 ms with 1009 (too big).',
  ],
  'text that is no UTF-8': [
    ({ peer }) => peer.sendText(new Uint8Array([0xff])),
    'The client sent text that is no UTF-8: it was closed after 0 ms with 1007 (invalid payload).',
  ],
  'a frame that there is not': [
    ({ peer }) => peer.ping(new Uint8Array(126)),
    'The client broke the WebSocket protocol: it was closed after 0 ms with 1002 (protocol error).',
  ],
  'pings that nobody answers': [
    async ({ peer, clock }) => {
      await clock.advance(1_500)
      peer.answersPings = false
      await clock.advance(9_000)
    },
    'The client left 2 pings unanswered, and was last heard of 3 s before: it was cut after 4 s with 4102 (no heartbeat).',
  ],
  'a close frame that is not answered': [
    async ({ peer, clock }) => {
      peer.answersClose = false
      peer.send('leave')
      await clock.advance(1_000)
    },
    'The application called conn.close(): it was closed after 0 ms with 4001 (revoked): as you wish; the client did not answer the close frame in time, and was cut.',
  ],
  'a socket that goes instead of an answer': [
    async ({ peer, clock }) => {
      peer.answersClose = false
      peer.send('leave')
      await clock.advance(100)
      peer.cut()
    },
    'The application called conn.close(): it was closed after 0 ms with 4001 (revoked): as you wish.',
  ],
  'a drain': [
    async ({ app, clock }) => {
      void app.drain()
      await clock.advance(1_000)
    },
    'The server drained: it was closed after 0 ms with 1012 (restarting): restarting.',
  ],
  'a disconnection': [
    ({ app }) => {
      for (const conn of app.connections) void app.disconnect(conn, { code: 4002, reason: 'replaced' })
    },
    'The server called app.disconnect(): it was closed after 0 ms with 4002 (replaced): replaced.',
  ],
}

describe('a life comes to the same end once more', () => {
  it.each(Object.entries(ENDS))('%s', async (_name, [act, sentence]) => {
    const recording = await recordedLife(make, act)
    expect(new Explanation(recording).sentence).toBe(sentence)
    const { differences, explanation } = await replay(make, recording, { message: () => 'leave' })
    expect(differences).toEqual([])
    expect(explanation.sentence).toBe(sentence)
  })

  it('a client that left before it was answered, and what it cannot have done any more', async () => {
    const hang = ({ linkspan, io }: World) =>
      linkspan().use(async function profile(_conn, next) {
        await io('profiles')
        return next()
      })
    const message = { until: 5, count: 1, bytes: 1, kind: 'text', last: 1 } as const
    const gone = { at: 30, code: 1006, framed: false, backlog: 0, buffered: 0 } as const
    const entries = [
      { at: 5, what: 'received', ...message },
      { ...gone, what: 'closing', cause: 'aborted', by: 'network', middleware: 'profile' },
    ] as const
    const end = { code: 1006, reason: '', by: 'network', clean: false, duration: 30 } as const
    const { differences, explanation } = await replay(hang, recordingOf({ entries, end, age: 30 }))
    expect(differences).toEqual([])
    expect(explanation.sentence).toMatch(
      /^The client went away after 30 ms, before it was answered: .* 'profile'/,
    )
  })
})
