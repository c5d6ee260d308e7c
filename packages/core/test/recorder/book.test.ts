import { describe, expect, it, vi } from 'vitest'
import { linkspan } from '../../src/app.js'
import type { Connection } from '../../src/connection.js'
import { type FlightRecorderOptions, flightRecorder } from '../../src/recorder/flight-recorder.js'
import { Shelves } from '../../src/recorder/shelf.js'
import { Bench } from '../fake.js'
import { turn } from '../fake-clock.js'
import { recorded } from './recorded.js'

const misused = (message: string): unknown => expect.objectContaining({ code: 'LINKSPAN_OPTION', message })

/** Connections that have closed, by their ids. */
async function closedOnes(bench: Bench, count: number): Promise<readonly string[]> {
  const ids: string[] = []
  for (let index = 0; index < count; index += 1) {
    const { conn, transport } = await bench.connect()
    ids.push(conn.id)
    transport.closed(1000)
    await bench.clock.advance(0)
  }
  return ids
}

describe('without a recorder', () => {
  it.each(['explain', 'recording', 'record'] as const)('%s says how to have one', (call) => {
    expect(() => linkspan()[call]('an id')).toThrow(
      misused(
        `${call}() asks a flight recorder, and there is none: linkspan({ recorder: flightRecorder() }) has one.`,
      ),
    )
  })

  it('nobody watches', async () => {
    const bench = Bench.open()
    const { conn } = await bench.connect()
    expect(Object.keys(conn)).toEqual([])
    expect(bench.app.options.recorder).toBeUndefined()
  })
})

describe('the options', () => {
  it.each<[FlightRecorderOptions, string]>([
    [{ sample: -0.1 }, 'sample takes a number from 0 to 1, or a function, not -0.1.'],
    [{ sample: Number.NaN }, 'sample takes a number from 0 to 1, or a function, not NaN.'],
    [{ sample: 'all' as unknown as number }, "sample takes a number from 0 to 1, or a function, not 'all'."],
    [{ entries: 7 }, 'entries takes a whole number from 8 to 1000, not 7.'],
    [{ closed: -1 }, 'closed takes a whole number from 0 to 1000000, not -1.'],
    [{ closedBytes: 0.5 }, 'closedBytes takes a whole number from 0 to 9007199254740991, not 0.5.'],
  ])('%j', (options, message) => {
    expect(() => flightRecorder(options)).toThrow(misused(message))
  })

  it("a recorder is one application's", () => {
    const recorder = flightRecorder()
    linkspan({ recorder })
    expect(() => linkspan({ recorder })).toThrow(
      misused('recorder takes one of its own for each application.'),
    )
  })
})

describe('the sample', () => {
  async function recordedOf(
    count: number,
    sample: FlightRecorderOptions['sample'],
  ): Promise<readonly boolean[]> {
    const bench = recorded({}, sample === undefined ? {} : { sample })
    const answers: boolean[] = []
    for (let index = 0; index < count; index += 1) {
      const { conn } = await bench.connect({ url: `/${index}` })
      answers.push(bench.app.recording(conn.id) !== undefined)
    }
    return answers
  }

  it('is everybody, unless something else is said', async () => {
    expect(await recordedOf(3, undefined)).toEqual([true, true, true])
  })

  it('is an even share', async () => {
    expect(await recordedOf(8, 0.25)).toEqual([false, false, false, true, false, false, false, true])
    expect(await recordedOf(3, 0)).toEqual([false, false, false])
  })

  it('is whoever is asked for', async () => {
    const even = (conn: Connection<unknown>): boolean => Number(conn.request.path.slice(1)) % 2 === 0
    expect(await recordedOf(4, even)).toEqual([true, false, true, false])
  })

  it('that throws records nobody, and is reported', async () => {
    const bench = recorded(
      {},
      {
        sample: () => {
          throw new Error('a bug')
        },
      },
    )
    const { conn } = await bench.connect()
    expect(bench.app.recording(conn.id)).toBeUndefined()
    expect(bench.errors).toEqual(['LINKSPAN_LISTENER'])
  })
})

describe('a connection that lives', () => {
  it('and is not recorded is explained by what it is now', async () => {
    const bench = recorded({}, { sample: 0 })
    const { conn, transport } = await bench.connect()
    transport.bufferedAmount = 7
    await bench.clock.advance(12_000)
    expect(bench.app.explain(conn.id)).toMatchObject({
      sentence:
        'It is active, 12 s after it arrived: it is not recorded; its outbox holds 7 bytes, and 0 messages wait for its handler; it was last heard of 12 s ago.',
      timeline: [{ what: 'arrived' }, { at: 12_000, what: 'recorded', details: 'from here on' }],
    })
    expect(bench.app.recording(conn.id)).toBeUndefined()
  })

  it('is explained by what it does', async () => {
    const bench = recorded()
    bench.app.message(() => new Promise<void>(() => {}))
    const { conn, transport } = await bench.connect()
    for (const text of ['one', 'two']) transport.receive(text)
    conn.send('three')
    await bench.clock.advance(12_000)
    expect(bench.app.explain(conn.id).sentence).toBe(
      'It is active, 12 s after it arrived: 2 messages came and 1 message went; its outbox holds 0 bytes, and 1 message waits for its handler; it was last heard of 12 s ago.',
    )
  })

  it('is explained in its handshake', async () => {
    const bench = recorded()
    bench.app.use(function profile() {
      return new Promise<never>(() => {})
    })
    bench.arrive()
    await bench.clock.advance(250)
    const [conn] = [...bench.app.connections]
    expect(bench.app.explain(conn?.id ?? '').sentence).toBe(
      "It is connecting, 250 ms after it arrived: its handshake has come to middleware 'profile'.",
    )
    expect(bench.app.recording(conn?.id ?? '')?.now).toEqual({
      backlog: 0,
      buffered: 0,
      middleware: 'profile',
    })
  })
})

describe('an id of which nothing is known', () => {
  it('has no recording, and an answer all the same', () => {
    const { app } = recorded()
    expect(app.recording('nobody')).toBeUndefined()
    expect(app.record('nobody')).toBe(false)
    const { id, sentence, timeline, recording } = app.explain('nobody')
    expect({ id, sentence, timeline, recording }).toEqual({
      id: 'nobody',
      sentence: 'No connection has come to this node yet.',
      timeline: [],
      recording: undefined,
    })
    expect(String(app.explain('nobody'))).toBe('nobody: No connection has come to this node yet.\n')
  })

  it("is another node's, or nobody's", async () => {
    const bench = recorded({}, { sample: 0 })
    const { conn } = await bench.connect()
    const prefix = conn.id.slice(0, -1)
    const other = `It is no connection of this node, whose ids begin with ${prefix}: ask the node that it came to.`
    for (const id of ['nobody', 'feedfacefeedface-1', ''])
      expect(bench.app.explain(id).sentence, id).toBe(other)
    for (const id of ['2', '0', '01', '-1', 'A', '1 ', '1.0', ''].map((number) => prefix + number)) {
      expect(bench.app.explain(id).sentence, id).toBe('This node has had no connection of this id.')
    }
  })

  it.each([
    [{ closed: 3 }, 'of recordings that are over the last 3 are kept.'],
    [{ closed: 0 }, 'of recordings that are over none is kept.'],
    [
      { sample: 0.01 },
      'it was not recorded, or it is forgotten, for of recordings that are over the last 1,000 are kept.',
    ],
  ])('is that of one which is over and forgotten, with %j', async (options, why) => {
    const bench = recorded({}, options)
    const [first = ''] = await closedOnes(bench, 40)
    expect(bench.app.explain(first).sentence).toBe(`It is over, and nothing is known of it any more: ${why}`)
  })
})

describe('record', () => {
  it('begins with a connection that is under way', async () => {
    const bench = recorded({}, { sample: 0 })
    const { conn, transport } = await bench.connect()
    transport.receive('before')
    await bench.clock.advance(5_000)
    expect(bench.app.record(conn.id)).toBe(true)
    expect(bench.app.record(conn.id)).toBe(true)
    await bench.clock.advance(1_000)
    transport.receive('after')
    expect(bench.app.explain(conn.id).sentence).toMatch(
      /: 1 message came and 0 messages went in the last 1 s, since it is recorded;/,
    )
    transport.closed(1001)
    await bench.clock.advance(0)
    const explanation = bench.app.explain(conn.id)
    expect(explanation.sentence).toBe('The client closed it after 6 s, with 1001 (going away).')
    expect(explanation.recording).toMatchObject({
      from: 5_000,
      arrived: 1_000_000,
      totals: { received: { count: 1 } },
    })
    expect(explanation.timeline.slice(0, 3)).toMatchObject([
      { at: 0, what: 'arrived' },
      { at: 5_000, what: 'recorded' },
      { at: 6_000, what: 'received' },
    ])
  })

  it('leaves those who watch already where they are', async () => {
    const bench = recorded({}, { sample: 0 })
    const told: number[] = []
    bench.app.observe({ watch: () => ({ received: (_, message) => told.push(message.size) }) })
    const { conn, transport } = await bench.connect()
    expect(bench.app.recording(conn.id)).toBeUndefined()
    bench.app.record(conn.id)
    transport.receive('hello')
    expect(told).toEqual([5])
    expect(bench.app.recording(conn.id)?.totals.received.count).toBe(1)
  })

  it('of one that is closing tells how it ended', async () => {
    const bench = recorded({}, { sample: 0 })
    const { conn, transport } = await bench.connect()
    conn.close(4000)
    bench.app.record(conn.id)
    expect(bench.app.explain(conn.id).sentence).toBe('It is closing, and why was not recorded.')
    transport.closed(4000)
    await bench.clock.advance(0)
    expect(bench.app.explain(conn.id).sentence).toBe(
      'It was closed with 4000 (disconnected) by the server, and recorded only after that.',
    )
    expect(bench.app.record(conn.id)).toBe(false)
  })

  it('of one that is over answers false, to whoever still holds it', async () => {
    const recorder = flightRecorder()
    const bench = Bench.open({ recorder })
    const { conn, transport } = await bench.connect()
    transport.closed(1000)
    await bench.clock.advance(0)
    expect(recorder.record(conn as Connection<never>)).toBe(false)
  })
})

describe('connections that are over', () => {
  it('are kept up to a number, the last ones', async () => {
    const bench = recorded({}, { closed: 3 })
    const ids = await closedOnes(bench, 5)
    expect(ids.map((id) => bench.app.explain(id).recording !== undefined)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ])
  })

  it('are kept up to a number of bytes', async () => {
    const bench = recorded({}, { closedBytes: 2_800 })
    const ids = await closedOnes(bench, 4)
    expect(ids.map((id) => bench.app.explain(id).recording !== undefined)).toEqual([false, false, true, true])
  })

  it('leave their places to those who live', async () => {
    const bench = recorded()
    const given = vi.spyOn(Shelves.prototype, 'give')
    try {
      const [first = ''] = await closedOnes(bench, 5)
      expect(given).toHaveBeenCalledTimes(5)
      expect(bench.app.explain(first).timeline.map(({ what }) => what)).toEqual([
        'arrived',
        'authenticated',
        'active',
        'closing',
        'closed',
      ])
    } finally {
      given.mockRestore()
    }
  })

  it('may not be kept at all; their places are given to others', async () => {
    const bench = recorded({}, { closed: 0 })
    const ids = await closedOnes(bench, 200)
    expect(ids.filter((id) => bench.app.explain(id).recording !== undefined)).toEqual([])
    const { conn } = await bench.connect()
    expect(bench.app.recording(conn.id)?.entries).toHaveLength(2)
  })

  it('and forgotten disturb nobody with what they are told late', async () => {
    const bench = recorded({ releaseTimeout: 10 }, { closed: 0 })
    let late = (): void => {}
    const { conn, transport } = await bench.connect()
    conn.defer(
      () =>
        new Promise((_, reject) => {
          late = () => reject(new Error('late'))
        }),
    )
    transport.closed(1000)
    await bench.clock.advance(10)
    const next = await bench.connect()
    late()
    await turn()
    expect(bench.errors).toEqual(['LINKSPAN_RELEASE_TIMEOUT', 'LINKSPAN_RELEASE'])
    expect(bench.app.recording(next.conn.id)?.entries.map(({ what }) => what)).toEqual([
      'authenticated',
      'active',
    ])
  })

  it('are explained to whoever listens for their end', async () => {
    const bench = recorded()
    let sentence: string | undefined
    bench.app.on('close', ({ id }) => {
      sentence = bench.app.explain(id).sentence
    })
    const { transport } = await bench.connect()
    transport.closed(1000)
    await bench.clock.advance(0)
    expect(sentence).toBe('The client closed it after 0 ms, with 1000 (normal).')
  })
})
