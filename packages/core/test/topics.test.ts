import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Link } from '../src/link.js'
import { Topics, topicKey, unscoped } from '../src/topics.js'
import { anyText } from './arbitrary.js'
import { Bench } from './fake.js'

describe('the name of a topic', () => {
  it.each([
    ['no scope', undefined, 'room', ':room'],
    ['a scope', 'acme', 'room', '4:acme:room'],
    ['an empty scope', '', 'room', '0::room'],
    ['a scope like a name', '4:acme', 'room', '6:4:acme:room'],
  ])('with %s', (_, scope, topic, key) => {
    expect(topicKey(scope, topic)).toBe(key)
  })

  it('is another one for every other scope or topic, whatever their characters', () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom('1', '2', ':', 'a', '*', '>', '#', '/', '.'), maxLength: 6 }),
      anyText(6).map((one) => one.toWellFormed()),
    )
    const scope = fc.option(text, { nil: undefined })
    const topic = text.filter((one) => one !== '')
    fc.assert(
      fc.property(scope, topic, scope, topic, (scopeA, topicA, scopeB, topicB) => {
        const same = scopeA === scopeB && topicA === topicB
        expect(topicKey(scopeA, topicA) === topicKey(scopeB, topicB)).toBe(same)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each(['a', 'a'.repeat(512), '😀', '*', '>', '#', ' ', 'a:b', '\0'])('may be %j', (topic) => {
    expect(() => topicKey(undefined, topic)).not.toThrow()
  })

  it.each(['', 'a'.repeat(513), '\ud800', 'a\udc00', 7, undefined, null])('may not be %j', (topic) => {
    expect(() => topicKey(undefined, topic as string)).toThrow(
      expect.objectContaining({
        code: 'LINKSPAN_TOPIC',
        message:
          'a topic is a string of 1 to 512 characters of well-formed Unicode. Put anything longer through a hash.',
      }),
    )
  })
})

describe('topics', () => {
  const [ada, bob] = [{ id: 'ada' }, { id: 'bob' }] as unknown as readonly [Link, Link]

  it('exist while somebody is in them', () => {
    const topics = new Topics()
    expect(topics.size).toBe(0)
    topics.join('room', ada)
    topics.join('room', bob)
    topics.join('hall', ada)
    expect(topics.size).toBe(2)
    expect([...topics.members('room')]).toEqual([ada, bob])
    topics.leave('room', ada)
    expect([...topics.members('room')]).toEqual([bob])
    topics.leave('room', bob)
    expect(topics.size).toBe(1)
    expect([...topics.members('room')]).toEqual([])
  })

  it('have each member once', () => {
    const topics = new Topics()
    topics.join('room', ada)
    topics.join('room', ada)
    expect([...topics.members('room')]).toEqual([ada])
    topics.leave('room', ada)
    expect(topics.size).toBe(0)
  })

  it('are not changed by somebody who leaves without being in', () => {
    const topics = new Topics()
    topics.leave('room', ada)
    topics.join('room', ada)
    topics.leave('room', bob)
    expect([...topics.members('room')]).toEqual([ada])
  })
})

describe('an audience', () => {
  it('is everybody in a topic at the time of sending, in the order in which they came', async () => {
    const bench = Bench.open()
    const audience = bench.app.to('room')
    audience.send('nobody hears')
    const [ada, bob, eve] = [await bench.connect(), await bench.connect(), await bench.connect()]
    ada.conn.join('room')
    bob.conn.join('room')
    audience.send('hello')
    expect([ada, bob, eve].map(({ transport }) => transport.sent)).toEqual([['hello'], ['hello'], []])
    bob.conn.leave('room')
    audience.send('again')
    expect(bob.transport.sent).toEqual(['hello'])
  })

  it('may leave out any number, one of them whoever speaks', async () => {
    const bench = Bench.open()
    const pairs = [await bench.connect(), await bench.connect(), await bench.connect()] as const
    const [ada, bob, eve] = pairs
    for (const { conn } of pairs) conn.join('room')
    ada.conn.to('room').send('from ada')
    ada.conn.to('room').except(bob.conn).send('not to bob')
    bench.app.to('room').except(ada.conn).except(bob.conn).send('to eve')
    expect(pairs.map(({ transport }) => transport.sent)).toEqual([
      [],
      ['from ada'],
      ['from ada', 'not to bob', 'to eve'],
    ])
    expect(eve.conn.topics.has('room')).toBe(true)
  })

  it('of except is another one: the one it came from stays as it is', async () => {
    const bench = Bench.open()
    const { conn, transport } = await bench.connect()
    conn.join('room')
    const everybody = bench.app.to('room')
    everybody.except(conn)
    everybody.send('hello')
    expect(transport.sent).toEqual(['hello'])
  })

  it('gets text encoded once, and bytes as they are', async () => {
    const bench = Bench.open()
    const pairs = [await bench.connect(), await bench.connect()]
    for (const { conn } of pairs) conn.join('room')
    const bytes = new Uint8Array([1, 2])
    const { buffer } = new Uint8Array([3])
    for (const data of ['grüße', bytes, buffer]) bench.app.to('room').send(data)
    const [one, other] = pairs.map(({ transport }) =>
      transport.calls.flatMap((entry) => (entry.call === 'send' ? [entry] : [])),
    )
    expect(one).toEqual([
      { call: 'send', data: new TextEncoder().encode('grüße'), binary: false },
      { call: 'send', data: bytes, binary: true },
      { call: 'send', data: buffer, binary: true },
    ])
    expect(one?.map(({ data }, index) => data === other?.[index]?.data)).toEqual([true, true, true])
  })

  it('gets a message that came in as it is, and its bytes stay what they were', async () => {
    const bench = Bench.open()
    bench.app.message((_conn, message) => bench.app.to('room').send(message))
    const { conn, transport } = await bench.connect({}, { borrows: true })
    conn.join('room')
    transport.answer = 'dropped'
    const buffer = new TextEncoder().encode('hello')
    transport.sink.message(buffer, false)
    buffer.fill(0)
    transport.answer = 'sent'
    transport.sink.drain()
    expect(transport.sent).toEqual(['hello'])
    expect(transport.calls[0]).toMatchObject({ binary: false })
  })

  it('is told what can be sent, before anybody gets anything', async () => {
    const bench = Bench.open()
    const { conn, transport } = await bench.connect()
    conn.join('room')
    for (const send of [bench.app.to('room').send, (data: string) => bench.app.broadcast(data)]) {
      expect(() => send({ text: 'hello' } as unknown as string)).toThrow(
        expect.objectContaining({ code: 'LINKSPAN_MESSAGE' }),
      )
    }
    expect(transport.sent).toEqual([])
  })

  it('that includes somebody too slow loses nobody else', async () => {
    const bench = Bench.open({ outbox: { bytes: 1 } })
    const pairs = [await bench.connect(), await bench.connect(), await bench.connect()] as const
    for (const { conn } of pairs) conn.join('room')
    const [slow] = pairs
    slow.transport.answer = 'queued'
    slow.transport.bufferedAmount = 10
    bench.app.to('room').send('one')
    bench.app.to('room').send('two')
    expect(slow.transport.count('terminate')).toBe(1)
    expect(pairs.map(({ transport }) => transport.sent)).toEqual([['one'], ['one', 'two'], ['one', 'two']])
    expect(bench.app.stats().gauges.topics).toBe(1)
  })
})

describe('a topic that was addressed without its scope', () => {
  it('says how to', () => {
    expect(unscoped()).toMatchObject({
      code: 'LINKSPAN_SCOPE',
      message: "this app's topics belong to scopes: use app.scope(name).to(topic).",
    })
  })
})
