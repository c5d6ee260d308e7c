import { describe, expect, it } from 'vitest'
import { controlItem, type RoomWord } from '../../src/cluster/control.js'
import { encode } from '../../src/cluster/envelope.js'
import type { Presence } from '../../src/cluster/presence.js'
import type { PresenceEvent } from '../../src/cluster/presence-room.js'
import { type Node, Nodes } from './nodes.js'

const ROOM = 'linkspan.presence.~.lobby'

/** Writes down what happens in a room. */
function listen(room: Presence): string[] {
  const told: string[] = []
  for (const event of ['join', 'leave', 'update'] as const satisfies readonly PresenceEvent[]) {
    room.on(event, ({ subject }) => told.push(`${event} ${subject}`))
  }
  return told
}

async function crowd({ bench }: Node, count: number, meta: unknown = null): Promise<string[]> {
  const ids: string[] = []
  for (let index = 0; index < count; index += 1) {
    const { conn } = await bench.connect()
    bench.app.presence('lobby').track(conn, meta)
    ids.push(conn.id)
  }
  return ids
}

/** A node that says what the test makes it say. */
class Stranger {
  readonly #to: Nodes
  #said = 0

  constructor(to: Nodes) {
    this.#to = to
  }

  say(...words: readonly RoomWord[]): void {
    const first = this.#said
    this.#said += words.length
    const items = words.map((word) => controlItem(word))
    const payload = encode({ node: 'stranger', epoch: 1, run: 1, first, idle: 0, items })
    this.#to.broker.link(0).sink.message(ROOM, payload)
  }
}

const person = (id: string, meta: unknown = null) => ({ id, subject: id, meta })

async function stage() {
  const nodes = new Nodes()
  const one = await nodes.start('one')
  const room = one.bench.app.presence('lobby')
  const told = listen(room)
  await nodes.pass()
  return { nodes, one, room, told, stranger: new Stranger(nodes) }
}

const subjects = (room: Presence): string[] => room.list().map(({ subject }) => subject)

describe('a room', () => {
  it('learns who is there when it is opened, however many there are, and nobody comes or goes meanwhile', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    for (const link of nodes.broker.links) link.maxPayload = 65_536
    const ids = await crowd(one, 150, 'x'.repeat(4_000))
    const first = two.bench.app.presence('lobby')
    const told = listen(first)
    await nodes.pass(100)
    expect(subjects(first)).toEqual(ids)
    expect(told).toEqual(ids.map((id) => `join ${id}`))
    const three = await nodes.start('three')
    const second = three.bench.app.presence('lobby')
    listen(second)
    await nodes.pass(10_000)
    expect(subjects(second)).toEqual(ids)
    expect(told).toHaveLength(ids.length)
    expect(one.bench.app.stats().totals.broker.dropped).toBe(0)
  })

  it('that was closed and is opened again while it is still listened to asks again', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const [id] = await crowd(one, 1)
    const room = two.bench.app.presence('lobby')
    const listener = (): void => {}
    room.on('join', listener)
    await nodes.pass(100)
    room.off('join', listener)
    expect(room.list()).toEqual([])
    await nodes.pass(100)
    const count = nodes.broker.link(1).count('subscribe', ROOM)
    room.on('join', listener)
    await nodes.pass(100)
    expect(subjects(room)).toEqual([id])
    expect(nodes.broker.link(1).count('subscribe', ROOM)).toBe(count)
  })

  it('answers several who ask at once once, and not where nobody of it is there', async () => {
    const { nodes, one, stranger } = await stage()
    const link = nodes.broker.link(0)
    const before = link.count('publish', ROOM)
    stranger.say({ type: 'who' })
    await nodes.pass(100)
    expect(link.count('publish', ROOM)).toBe(before)
    await crowd(one, 1)
    await nodes.pass()
    stranger.say({ type: 'who' })
    stranger.say({ type: 'who' })
    await nodes.pass(49)
    expect(link.count('publish', ROOM)).toBe(before + 1)
    await nodes.pass(1)
    expect(link.count('publish', ROOM)).toBe(before + 2)
    stranger.say({ type: 'who' })
    await nodes.pass(50)
    expect(link.count('publish', ROOM)).toBe(before + 3)
  })

  it('hears of each change once, and of what changes nothing not at all', async () => {
    const { stranger, told, room } = await stage()
    stranger.say({ type: 'joined', one: person('ada') }, { type: 'joined', one: person('ada') })
    stranger.say({ type: 'joined', one: person('ada', 'mood') }, { type: 'left', id: 'nobody' })
    expect(told).toEqual(['join ada', 'update ada'])
    stranger.say({ type: 'left', id: 'ada' }, { type: 'left', id: 'ada' })
    expect(told).toEqual(['join ada', 'update ada', 'leave ada'])
    expect(room.list()).toEqual([])
  })

  it('believes a node that leaves nobody out', async () => {
    const { stranger, told, room } = await stage()
    stranger.say({ type: 'left', id: 'nobody was ever there' })
    for (const id of ['ada', 'bob']) stranger.say({ type: 'joined', one: person(id) })
    stranger.say({ type: 'present', all: [person('bob'), person('eve')], before: 0, last: true })
    expect(told).toEqual(['join ada', 'join bob', 'join eve', 'leave ada'])
    expect(subjects(room)).toEqual(['bob', 'eve'])
  })

  it('takes what is told in parts as one, and only when all of them have come', async () => {
    const { stranger, told } = await stage()
    for (const id of ['ada', 'bob', 'eve']) stranger.say({ type: 'joined', one: person(id) })
    stranger.say({ type: 'present', all: [person('ada')], before: 0, last: false })
    stranger.say({ type: 'present', all: [person('bob')], before: 1, last: false })
    expect(told).toHaveLength(3)
    // One was lost before it: whoever it was is there still.
    stranger.say({ type: 'present', all: [], before: 3, last: true })
    expect(told).toHaveLength(3)
    // The first of the next was lost: it is not those of before that it goes with.
    stranger.say({ type: 'present', all: [], before: 2, last: true })
    expect(told).toHaveLength(3)
    stranger.say({ type: 'present', all: [person('ada')], before: 0, last: false })
    stranger.say({ type: 'present', all: [person('bob')], before: 1, last: true })
    expect(told.slice(3)).toEqual(['leave eve'])
    stranger.say({ type: 'present', all: [], before: 2, last: true })
    expect(told).toHaveLength(4)
  })
})

describe('after a gap', () => {
  it('whoever does not say in time that it is still there has left', async () => {
    const { nodes, one, stranger, told } = await stage()
    stranger.say({ type: 'joined', one: person('ghost') })
    nodes.broker.link(0).sink.gap(ROOM)
    await nodes.pass(4_999)
    expect(told).toEqual(['join ghost'])
    await nodes.pass(1)
    expect(told).toEqual(['join ghost', 'leave ghost'])
    expect(one.told.gap).toEqual([])
  })

  it('and another one, the time begins anew', async () => {
    const { nodes, stranger, told } = await stage()
    stranger.say({ type: 'joined', one: person('ghost') })
    nodes.broker.link(0).sink.gap(ROOM)
    await nodes.pass(3_000)
    nodes.broker.link(0).sink.gap(ROOM)
    await nodes.pass(2_500)
    expect(told).toEqual(['join ghost'])
    await nodes.pass(2_500)
    expect(told).toEqual(['join ghost', 'leave ghost'])
  })

  it('of all channels too, and whoever says so stays', async () => {
    const { nodes, stranger, told } = await stage()
    stranger.say({ type: 'joined', one: person('ada') })
    nodes.broker.link(0).sink.gap()
    await nodes.pass(4_000)
    stranger.say({ type: 'present', all: [person('ada')], before: 0, last: true })
    await nodes.pass(1_900)
    expect(told).toEqual(['join ada'])
  })

  it('of another room nobody is asked', async () => {
    const { nodes, stranger, told } = await stage()
    stranger.say({ type: 'joined', one: person('ada') })
    nodes.broker.link(0).sink.gap('linkspan.presence.~.hall')
    await nodes.pass(5_500)
    expect(told).toEqual(['join ada'])
  })

  it('who cannot hear gives nobody up, and asks again when it can', async () => {
    const { nodes, stranger, told } = await stage()
    stranger.say({ type: 'joined', one: person('ghost') })
    nodes.broker.link(0).sink.gap()
    await nodes.pass(4_900)
    nodes.hub.cut()
    await nodes.pass(20_000)
    expect(told).toEqual(['join ghost'])
    nodes.hub.mend()
    await nodes.pass(5_000)
    expect(told).toEqual(['join ghost', 'leave ghost'])
  })

  it('that is too close to the beginning to tell, a room is asked to be sure', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    // Its word comes just before the other node listens, and so does its answer: nobody has it.
    nodes.broker.link(0).script = ({ call, channel }) =>
      call === 'publish' && channel === ROOM ? 'lose' : 'take'
    const [id] = await crowd(one, 1)
    const room = two.bench.app.presence('lobby')
    listen(room)
    await nodes.pass(100)
    nodes.broker.link(0).script = () => 'take'
    expect(room.list()).toEqual([])
    await nodes.pass(6_000)
    expect(subjects(room)).toEqual([id])
    expect(two.told.gap).toEqual([])
  })
})
