import { describe, expect, it } from 'vitest'
import { adaptive } from '../../src/adaptive.js'
import type { LinkspanOptions } from '../../src/options.js'
import type { Entry } from '../../src/recorder/entry.js'
import type { FlightRecorderOptions } from '../../src/recorder/flight-recorder.js'
import type { Bench, FakeTransport } from '../fake.js'
import { turn } from '../fake-clock.js'
import { entries, explained, recorded } from './recorded.js'

/** A connection that is active, and what its flight has been told since. */
async function flying(
  options?: LinkspanOptions,
  recorder?: FlightRecorderOptions,
  build: (app: Bench['app']) => unknown = () => {},
) {
  const bench = recorded(options, recorder)
  build(bench.app)
  const pair = await bench.connect()
  const since = (): readonly Entry[] => {
    const all = explained(bench).recording.entries
    return all.slice(all.findIndex(({ what }) => what === 'active') + 1)
  }
  return { bench, since, ...pair }
}

const echo = (app: Bench['app']): unknown => app.message((conn, message) => void conn.send(message.text()))

async function say(
  bench: Bench,
  transport: FakeTransport,
  every: number,
  ...texts: readonly string[]
): Promise<void> {
  for (const text of texts) {
    transport.receive(text)
    await bench.clock.advance(every)
  }
}

describe('the handshake', () => {
  it('is written down: each decision, who it is and when it is active', async () => {
    const bench = recorded()
    bench.app
      .use(async function jwt(conn, next) {
        await new Promise<void>((resolve) => {
          bench.clock.setTimeout(resolve, 12)
        })
        conn.authenticate({ subject: 'ada', expiresAt: bench.clock.now() + 2 ** 33 })
        return next()
      })
      .use((_conn, next) => next())
    bench.arrive()
    await bench.clock.advance(20)
    expect(explained(bench).recording).toMatchObject({
      version: 1,
      from: 0,
      state: 'active',
      age: 20,
      arrived: 1_000_000,
      entries: [
        { at: 12, what: 'authenticated', anonymous: false, lease: 2 ** 33 },
        { at: 12, what: 'middleware', name: 'jwt', index: 0, decision: 'next', duration: 12 },
        { at: 12, what: 'middleware', name: 'anonymous', index: 1, decision: 'next', duration: 0 },
        { at: 12, what: 'active' },
      ],
    })
  })

  it('of somebody who is nobody, and was answered early', async () => {
    const bench = recorded()
    bench.app.use(async (conn, next) => {
      await conn.accept()
      return next()
    })
    bench.arrive()
    await bench.clock.advance(0)
    expect(explained(bench).recording.entries).toMatchObject([
      { what: 'accepted' },
      { what: 'middleware', decision: 'next' },
      { what: 'authenticated', anonymous: true },
      { what: 'active' },
    ])
  })
})

describe('messages', () => {
  it('are one entry a way for as long as nothing else happens', async () => {
    const { bench, since, transport } = await flying({}, {}, echo)
    await say(bench, transport, 100, 'one', 'two', 'three')
    expect(since()).toEqual([
      { at: 0, until: 200, what: 'received', count: 3, bytes: 11, kind: 'text', last: 5 },
      { at: 0, until: 200, what: 'sent', count: 3, bytes: 11 },
    ])
    expect(explained(bench).recording.totals).toEqual({
      received: { count: 3, bytes: 11 },
      sent: { count: 3, bytes: 11 },
    })
  })

  it('are told apart by kind', async () => {
    const { bench, since, transport } = await flying()
    transport.receive(new Uint8Array(7))
    expect(since()).toMatchObject([{ what: 'received', kind: 'binary', bytes: 7 }])
    transport.receive('x')
    await bench.clock.advance(1)
    expect(since()).toMatchObject([{ what: 'received', kind: 'both', count: 2 }])
  })

  it('make an entry a second in the beginning, and fewer the older the connection is', async () => {
    const { bench, since, transport } = await flying({}, { entries: 100 })
    await say(bench, transport, 300, ...'abcdefgh')
    expect(since()).toMatchObject([
      { at: 0, count: 4 },
      { at: 1_200, count: 4 },
    ])
    await bench.clock.advance(800_000 - 2_400)
    await say(bench, transport, 1_000, ...'x'.repeat(150))
    expect(since().slice(2)).toMatchObject([
      { at: 800_000, until: 899_000, count: 100 },
      { at: 900_000, count: 50 },
    ])
    expect(explained(bench).recording.totals.received).toEqual({ count: 158, bytes: 158 })
  })

  it('that are sent as bytes count with their bytes', async () => {
    const { since, conn } = await flying()
    conn.send(new Uint8Array(5))
    conn.send('héllo')
    expect(since()).toMatchObject([{ what: 'sent', count: 2, bytes: 10 }])
  })

  it('are in order with what happens between them', async () => {
    const { bench, since, transport, conn } = await flying({}, {}, (app) => {
      app.use((conn, next) => {
        conn.authenticate({ subject: 'ada' })
        return next()
      })
      echo(app)
    })
    await say(bench, transport, 10, 'a')
    conn.renew({ subject: 'ada' })
    await say(bench, transport, 10, 'b')
    expect(since().map(({ what, at }) => [what, at])).toEqual([
      ['received', 0],
      ['sent', 0],
      ['renewed', 10],
      ['received', 10],
      ['sent', 10],
    ])
  })
})

describe('heartbeats', () => {
  it('that are answered are one entry, for however long', async () => {
    const { bench, since, transport } = await flying({ heartbeat: { interval: 10_000, misses: 2 } })
    transport.ping = () => {
      bench.clock.setTimeout(() => transport.sink.pong(), 25)
    }
    await bench.clock.advance(105_000)
    const [entry, ...others] = since()
    expect(others).toEqual([])
    expect(entry).toMatchObject({ what: 'heartbeat', count: 10, rtt: 25 })
    expect(explained(bench).recording.heard).toBeGreaterThan(99_000)
  })

  it('that are missed are told, and what comes back', async () => {
    const { bench, since, transport } = await flying({ heartbeat: { interval: 10_000, misses: 5 } })
    await bench.clock.advance(32_000)
    transport.sink.pong()
    await bench.clock.advance(1)
    expect(since()).toMatchObject([
      { what: 'missed', count: 2 },
      { what: 'heartbeat', count: 1 },
    ])
  })

  it('at another pace are told', async () => {
    const { bench, since, transport } = await flying({ heartbeat: adaptive() })
    transport.ping = () => {
      bench.clock.setTimeout(() => transport.sink.pong(), 900)
    }
    await bench.clock.advance(300_000)
    expect(since()).toContainEqual(
      expect.objectContaining({ what: 'pace', name: 'highLatency', interval: 60_000 }),
    )
  })
})

describe('what waits', () => {
  it('is told at back-pressure, with what is dropped, and when the peer reads again', async () => {
    const { bench, since, transport, conn } = await flying({ outbox: { bytes: 10, overflow: 'drop-newest' } })
    transport.answer = 'queued'
    conn.send('12345')
    transport.bufferedAmount = 5
    await bench.clock.advance(10)
    conn.send('1234')
    conn.send('12')
    conn.send('123')
    transport.answer = 'sent'
    transport.bufferedAmount = 0
    transport.sink.drain()
    expect(since()).toEqual([
      { at: 0, what: 'backpressure', backlog: 0, buffered: 0 },
      { at: 0, until: 0, what: 'sent', count: 1, bytes: 5 },
      {
        ...{ at: 10, until: 10, what: 'dropped', direction: 'out', reason: 'the outbox is full' },
        ...{ count: 2, bytes: 5, waiting: 9 },
      },
      { at: 10, what: 'drained' },
      { at: 10, until: 10, what: 'sent', count: 1, bytes: 4 },
    ])
  })

  it('is told when reading is paused, and goes on', async () => {
    let end = (): void => {}
    const { bench, since, transport } = await flying({ inbox: { messages: 2 } }, {}, (app) =>
      app.message(
        () =>
          new Promise<void>((resolve) => {
            end = resolve
          }),
      ),
    )
    for (const text of ['a', 'b', 'c']) transport.receive(text)
    expect(since()).toMatchObject([
      { what: 'received', count: 3 },
      { what: 'paused', backlog: 2, buffered: 0 },
    ])
    end()
    await turn()
    expect(since()).toMatchObject([{}, {}, { what: 'resumed', backlog: 1 }])
    expect(String(explained(bench))).toContain('2 messages waiting for the handler, 0 bytes for the peer')
  })

  it('goes on being read when it closes', async () => {
    const { bench, since, transport, conn } = await flying({ inbox: { messages: 1 } }, {}, (app) =>
      app.message(() => new Promise<void>(() => {})),
    )
    for (const text of ['a', 'b']) transport.receive(text)
    conn.close()
    expect(since()).toMatchObject([
      { what: 'received' },
      { what: 'paused' },
      { what: 'closing', backlog: 1 },
      { what: 'resumed' },
      { what: 'dropped', direction: 'in', count: 1 },
    ])
    expect(explained(bench).sentence).toMatch(
      /; it is closing, for 0 ms now, and waits for its socket to close\.$/,
    )
    transport.closed(1000)
    expect(explained(bench).sentence).toMatch(/waits for a handler, a middleware or a release to end\.$/)
  })
})

describe('other things', () => {
  it('are told: an expiring lease, a renewed one, a topic that is not allowed, an error of a release', async () => {
    const { bench, since, conn, transport } = await flying({}, {}, (app) =>
      app.topics('staff', { join: () => false, publish: () => false }).use((conn, next) => {
        conn.authenticate({ subject: 'ada', expiresAt: 1_000_000 + 70_000 })
        return next()
      }),
    )
    await bench.clock.advance(10_000)
    conn.renew({ subject: 'ada', expiresAt: 1_000_000 + 200_000 })
    for (const attempt of [1, 2]) expect(() => conn.join('staff'), String(attempt)).toThrow()
    expect(() => conn.to('staff').send('x')).toThrow()
    for (let index = 0; index < 2; index += 1) {
      conn.defer(() => {
        throw new Error('hunter2')
      })
    }
    conn.close()
    transport.closed(1000)
    await bench.clock.advance(0)
    expect(since()).toMatchObject([
      { at: 10_000, what: 'expiring', in: 60_000 },
      { at: 10_000, what: 'renewed', lease: 190_000 },
      { what: 'denied', action: 'join', count: 2 },
      { what: 'denied', action: 'publish', count: 1 },
      { what: 'closing', cause: 'application' },
      { what: 'socket', answered: true },
      { what: 'error', code: 'LINKSPAN_RELEASE', count: 2 },
    ])
    const shown = String(explained(bench))
    for (const part of [
      'credentials end in 60 s',
      'identity renewed, for 3 min 10 s',
      'a policy did not let it join a topic, 2 times',
      'a policy did not let it send to a topic',
      'LINKSPAN_RELEASE, 2 times',
      'gone, after the peer answered our close frame',
    ])
      expect(shown).toContain(part)
  })
})

describe('a life with more entries than there is room for', () => {
  it('keeps the first and the last, and says how many are missing', async () => {
    const { bench, transport } = await flying({}, { entries: 9 })
    for (let index = 0; index < 20; index += 1) {
      transport.receive('x')
      await bench.clock.advance(2_000 + index * 1_000)
    }
    const explanation = explained(bench)
    const { entries: kept, lost, head } = explanation.recording
    expect({ lost, head, kept: kept.length }).toEqual({ lost: 11, head: 3, kept: 9 })
    expect(kept.slice(0, 3)).toMatchObject([{ what: 'authenticated' }, { what: 'active' }, { at: 0 }])
    expect(kept.at(-1)).toMatchObject({ what: 'received', at: 189_000, until: 209_000, count: 2 })
    expect(explanation.timeline[4]).toMatchObject({ what: '…', details: '11 more' })
    expect(explanation.recording.totals.received.count).toBe(20)
  })

  it.each([1, 20])('keeps why it closes, whatever comes afterwards: after %i messages', async (before) => {
    const { bench, transport, conn } = await flying({}, { entries: 9 })
    for (let index = 0; index < before; index += 1) {
      transport.receive('x')
      await bench.clock.advance(2_000 + index * 1_000)
    }
    conn.close(4002, 'elsewhere')
    for (let index = 0; index < 20; index += 1) transport.receive('late')
    const { recording, sentence, timeline } = explained(bench)
    const { entries: kept, lost, head } = recording
    const at = kept.findIndex(({ what }) => what === 'closing')
    expect(kept[at]).toMatchObject({ cause: 'application', code: 4002, reason: 'elsewhere' })
    expect(kept.slice(at + 1).length).toBeGreaterThan(0)
    expect(kept.slice(at + 1).every(({ what }) => what === 'received' || what === 'dropped')).toBe(true)
    expect(lost).toBeGreaterThan(0)
    expect(timeline.findIndex(({ what }) => what === '…')).toBe(1 + head)
    expect(sentence).toContain('4002')
    expect(timeline.map((line) => line.at)).toEqual(timeline.map((line) => line.at).sort((a, b) => a - b))
  })

  it('ends no earlier than what is last told of it', async () => {
    const bench = recorded()
    await bench.clock.advance(0.9)
    const { transport } = await bench.connect()
    await bench.clock.advance(0.2)
    transport.closed(1006)
    const { recording } = explained(bench)
    expect(recording.entries.at(-1)).toMatchObject({ at: 1, what: 'closing' })
    expect(recording.age).toBe(1)
  })

  it('goes round after 49 days, and loses no day by it', async () => {
    const { bench, since, conn } = await flying({ heartbeat: false })
    const day = 86_400_000
    for (let days = 0; days < 120; days += 20) {
      conn.send('x')
      await bench.clock.advance(20 * day)
    }
    expect(since().map(({ at }) => Math.round(at / day))).toEqual([0, 20, 40, 60, 80, 100])
    expect(entries(explained(bench), 'sent')).toHaveLength(6)
  })
})
