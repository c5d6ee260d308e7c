import { flightRecorder, linkspan, type linkspan as Make, type Recording } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { replay, VirtualClock, type World } from '../../src/index.js'
import { recordedLife, recordingOf } from './recordings.js'

const echo = ({ linkspan }: { linkspan: typeof Make }) =>
  linkspan().message((conn, message) => void conn.send(message))

describe('what is replayed', () => {
  it('may be an application, with a virtual clock and a recorder', async () => {
    const recording = await recordedLife(echo, ({ peer }) => peer.close(1000))
    const app = linkspan({ clock: new VirtualClock(), recorder: flightRecorder() })
    expect(await replay(app, recording)).toMatchObject({ same: true, differences: [] })
  })

  it.each([linkspan({ recorder: flightRecorder() }), linkspan({ clock: new VirtualClock() })])(
    'needs both',
    async (app) => {
      await expect(replay(app, recordingOf())).rejects.toThrow(
        /linkspan\(\{ clock: new VirtualClock\(\), recorder/,
      )
    },
  )

  it('is made with the linkspan of its world', async () => {
    await expect(replay(() => linkspan(), recordingOf())).rejects.toThrow(/world\.linkspan/)
  })

  it('has to be reached by the client', async () => {
    const connect = { method: 'POST' }
    await expect(replay(echo, recordingOf(), { connect })).rejects.toThrow(/never asked/)
  })
})

describe('a replay', () => {
  it('of a life that goes on goes as far', async () => {
    const recording = await recordedLife(echo, async ({ peer, clock }) => {
      peer.send('one')
      await clock.advance(95_000)
    })
    const { same, explanation } = await replay(echo, recording)
    expect(same).toBe(true)
    expect(explanation.recording.entries).toEqual(recording.entries)
    expect(explanation.sentence).toMatch(
      /^It is active, 95 s after it arrived: 1 message came and 1 message went/,
    )
  })

  it('of one that was recorded from the middle on compares the end', async () => {
    const recording = await recordedLife(echo, async ({ peer, clock }) => {
      await clock.advance(10)
      peer.close(1001)
    })
    const partial: Recording = { ...recording, from: 5, entries: recording.entries.slice(-1) }
    expect(await replay(echo, partial)).toMatchObject({ same: true })
  })

  it('of one with entries that are gone compares the decisions that are there', async () => {
    const make = ({ linkspan }: { linkspan: typeof Make }) => {
      const app = linkspan()
      for (let index = 0; index < 12; index += 1) app.use((_conn, next) => next())
      return app.message((conn, message) => void conn.send(message))
    }
    const recording = await recordedLife(make, ({ peer }) => peer.close(1000), {}, 8)
    expect(recording.lost).toBeGreaterThan(0)
    expect(await replay(make, recording)).toMatchObject({ differences: [] })
  })

  it('tells when a life ends that had gone on', async () => {
    const recording = await recordedLife(echo, async ({ peer, clock }) => {
      peer.send('one')
      await clock.advance(1_000)
    })
    const wrong = ({ linkspan }: World) => linkspan().message((conn) => conn.close(4000, 'no'))
    expect(await replay(wrong, recording)).toMatchObject({
      same: false,
      differences: [
        'it went connecting → authenticated → active → closing → closed; it had gone connecting → authenticated → active',
        'it ended with 4000, application; it had not ended',
      ],
    })
  })

  it('tells when middleware decides otherwise, and the end is another', async () => {
    const gate =
      (status: number) =>
      ({ linkspan }: World) =>
        linkspan().use(function gate(conn) {
          return conn.reject({ status })
        })
    const clock = new VirtualClock()
    const recorder = flightRecorder()
    const app = gate(401)({ linkspan: () => linkspan({ clock, recorder }) } as unknown as World)
    const first = await replay(app, recordingOf())
    const { recording } = first.explanation
    expect(await replay(gate(401), recording)).toMatchObject({ same: true })
    expect(await replay(gate(403), recording)).toMatchObject({
      differences: [
        'its middleware decided gate: refused 403; it had decided gate: refused 401',
        'the code is 4003; it was 4010',
      ],
    })
    const none = await replay(({ linkspan }) => linkspan({ origin: () => false }), recording)
    expect(none.differences).toContain('its middleware decided nothing; it had decided gate: refused 401')
  })

  it('takes the messages that it is given', async () => {
    const make = ({ linkspan }: { linkspan: typeof Make }) =>
      linkspan().message((conn, message) => {
        if (message.text() === 'bye') conn.close(4000)
      })
    const recording = await recordedLife(make, ({ peer }) => {
      peer.send('hello')
      peer.send('bye')
    })
    expect(await replay(make, recording)).toMatchObject({ same: false })
    const texts = ['hello', 'bye']
    expect(await replay(make, recording, { message: (number) => texts[number] })).toMatchObject({
      same: true,
    })
  })

  it('asks for the subprotocol that was chosen', async () => {
    const make = ({ linkspan }: World) => linkspan({ protocols: ['chat'], requireProtocol: true })
    const recording = recordingOf({
      protocol: 'chat',
      entries: [
        { at: 0, what: 'authenticated', anonymous: true },
        { at: 0, what: 'active' },
      ],
    })
    expect(await replay(make, recording)).toMatchObject({ same: true })
  })
})

describe('what was not the client', () => {
  it.each([
    ['a node that was full', { maxConnections: 0 }, 1013],
    ['an origin that may not connect', { origin: () => false }, 4003],
  ])('%s', async (_name, options, code) => {
    const clock = new VirtualClock()
    const first = await replay(linkspan({ clock, recorder: flightRecorder(), ...options }), recordingOf())
    const { recording } = first.explanation
    expect(recording.end?.code).toBe(code)
    expect(
      await replay(({ linkspan }) => linkspan({ origin: ['https://app.example'] }), recording),
    ).toMatchObject({ same: true })
  })

  it('a node that drained', async () => {
    const app = linkspan({ clock: new VirtualClock(), recorder: flightRecorder() })
    void app.drain()
    const { recording } = (await replay(app, recordingOf())).explanation
    expect(recording.end?.code).toBe(1012)
    expect(await replay(echo, recording)).toMatchObject({ same: true })
  })
})

describe('what an application waits for', () => {
  const make = ({ linkspan, io }: World) =>
    linkspan()
      .use(async function first(_conn, next) {
        await io('first')
        return next()
      })
      .use(async function second(_conn, next) {
        await io('second')
        return next()
      })
      .message(async (conn, message) => {
        await io('the handler')
        conn.send(message)
      })
  const step = (name: string, at: number, decision: 'next' | 'failed' = 'next') =>
    ({
      at,
      what: 'middleware',
      name,
      index: 0,
      decision,
      duration: 0,
      ...(decision === 'failed' ? { status: 500 } : {}),
    }) as const

  it('takes as long as it took, and nothing in a handler', async () => {
    const entries = [
      step('first', 30),
      step('second', 70),
      { at: 100, until: 100, what: 'received', count: 1, bytes: 1, kind: 'text', last: 1 },
    ] as const
    const { explanation } = await replay(make, recordingOf({ entries }))
    const { entries: again, totals } = explanation.recording
    expect(again.flatMap((entry) => (entry.what === 'middleware' ? [[entry.name, entry.at]] : []))).toEqual([
      ['first', 30],
      ['second', 70],
    ])
    expect(totals.sent.count).toBe(1)
  })

  it('fails where that failed', async () => {
    const entries = [step('first', 30), step('second', 70, 'failed')]
    const { explanation } = await replay(make, recordingOf({ entries }))
    expect(explanation.sentence).toBe(
      "Middleware 'second' threw (LINKSPAN_MIDDLEWARE): it was refused after 70 ms with 500.",
    )
  })

  it('never ends where nothing was decided', async () => {
    const { explanation } = await replay(make, recordingOf({ entries: [step('first', 30)], age: 4_000 }))
    expect(explanation.sentence).toMatch(
      /^Its handshake took longer than the 3 s it may, and had come to middleware 'second'/,
    )
  })
})

describe('a peer that reads again', () => {
  it('does so once more, and stops again', async () => {
    const make = ({ linkspan }: { linkspan: typeof Make }) =>
      linkspan({ outbox: { bytes: 1_000_000 } }).message((conn, message) => {
        for (let left = 4; left > 0; left -= 1) conn.send('x'.repeat(30_000))
        conn.send(message)
      })
    const recording = await recordedLife(make, async ({ peer, clock }) => {
      for (let round = 0; round < 2; round += 1) {
        peer.pause()
        peer.send('more')
        await clock.advance(1_000)
        peer.resume()
        await clock.advance(1_000)
      }
      peer.close(1000)
    })
    const kinds = (all: Recording): readonly string[] =>
      all.entries.map(({ what }) => what).filter((what) => what === 'backpressure' || what === 'drained')
    expect(kinds(recording)).toEqual(['backpressure', 'drained', 'backpressure', 'drained'])
    const { same, explanation } = await replay(make, recording)
    expect(same).toBe(true)
    expect(kinds(explanation.recording)).toEqual(kinds(recording))
  })
})
