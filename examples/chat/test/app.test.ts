// How an application is tested without a server: the memory host is a transport like any other, and the clock stands
// still until it is told to go on.

import { memoryHost, type Peer, type TestHost, VirtualClock } from '@linkspan/testing'
import { beforeEach, expect, test } from 'vitest'
import { chat } from '../src/app.js'

let clock: VirtualClock
let app: ReturnType<typeof chat>
let host: TestHost

beforeEach(async () => {
  clock = new VirtualClock()
  app = chat({ clock })
  host = await memoryHost(app)
  return () => host.close()
})

/** A window that has the room open, and has not said hello yet. */
async function open(room: string): Promise<Peer> {
  const answer = await host.connect({ path: '/chat', params: { room } }).answer
  if (!answer.upgraded) throw new Error(`refused with ${answer.status}`)
  return answer.peer
}

/** A window that is in the room, with the welcome taken. */
async function enter(room: string, name: string): Promise<Peer> {
  const peer = await open(room)
  say(peer, { type: 'hello', name })
  expect(await heard(peer)).toMatchObject({ type: 'welcome', room, name })
  return peer
}

function say(peer: Peer, message: unknown): void {
  peer.send(JSON.stringify(message))
}

async function heard(peer: Peer): Promise<unknown> {
  return JSON.parse(String(await peer.next()))
}

test('who comes in hears who is here, and the others hear who came', async () => {
  const ada = await enter('lobby', 'Ada')
  const grace = await open('lobby')
  say(grace, { type: 'hello', name: ' Grace ' })

  expect(await heard(grace)).toEqual({
    type: 'welcome',
    room: 'lobby',
    name: 'Grace',
    people: ['Ada', 'Grace'],
  })
  expect(await heard(ada)).toEqual({ type: 'joined', name: 'Grace' })
})

test('what is said goes to everybody in the room, its author included, and nowhere else', async () => {
  const ada = await enter('lobby', 'Ada')
  const bob = await enter('harbour', 'Bob')
  const grace = await enter('lobby', 'Grace')
  await heard(ada)

  say(grace, { type: 'say', id: 'g1', text: ' hello, Ada ' })

  const said = { type: 'said', id: 'g1', name: 'Grace', text: 'hello, Ada', at: clock.now() }
  expect(await heard(ada)).toEqual(said)
  expect(await heard(grace)).toEqual(said)
  expect(bob.received).toBe(0)
})

test('who types is told to the others only', async () => {
  const ada = await enter('lobby', 'Ada')
  const grace = await enter('lobby', 'Grace')
  await heard(ada)

  say(grace, { type: 'typing' })

  expect(await heard(ada)).toEqual({ type: 'typing', name: 'Grace' })
  expect(grace.received).toBe(0)
})

test.each([
  ['closes the window', (peer: Peer) => peer.close(1001)],
  ['loses the network', (peer: Peer) => peer.cut()],
])('who %s has left', async (_, leave) => {
  const ada = await enter('lobby', 'Ada')
  const grace = await enter('lobby', 'Grace')
  await heard(ada)

  leave(grace)

  expect(await heard(ada)).toEqual({ type: 'left', name: 'Grace' })
})

test('the same name in two windows is one person, who has left with the last of them', async () => {
  const ada = await enter('lobby', 'Ada')
  const first = await enter('lobby', 'Grace')
  const second = await enter('lobby', 'Grace')
  expect(await heard(ada)).toEqual({ type: 'joined', name: 'Grace' })
  expect(await heard(ada)).toEqual({ type: 'joined', name: 'Grace' })

  first.close()
  await first.closed
  say(second, { type: 'say', id: '1', text: 'still here' })
  expect(await heard(ada)).toMatchObject({ type: 'said', text: 'still here' })

  second.close()
  expect(await heard(ada)).toEqual({ type: 'left', name: 'Grace' })
})

test.each([
  ['empty', ''],
  ['longer than 24', 'x'.repeat(25)],
  ['with a letter that turns the writing around', 'A\u202eda'],
  ['with a line in it', 'A\nda'],
  ['that only looks like nothing', '\u200b'],
])('a name %s is refused, in words that the page can show', async (_, name) => {
  const peer = await open('lobby')
  say(peer, { type: 'hello', name })

  expect(await peer.closed).toMatchObject({
    code: 4010,
    reason: expect.stringContaining('a name is 1 to 24 letters'),
  })
  expect(app.connections.size).toBe(0)
})

test('who says nothing is not waited for', async () => {
  const peer = await open('lobby')
  await clock.advance(2_000)

  expect(await peer.closed).toMatchObject({ code: 4010 })
})

test('a room that is none is refused before a word is said', async () => {
  const peer = await open('no room')

  expect(await peer.closed).toEqual({ code: 1008, reason: 'a room is 1 to 32 letters, digits or dashes' })
})

test('a full room says so, and to come back later', async () => {
  for (let i = 0; i < 100; i += 1) await enter('lobby', `Guest ${i}`)

  const late = await open('lobby')
  expect(await late.closed).toEqual({ code: 1013, reason: '#lobby is full' })
})

test('a text that is too long, or nothing, is answered, and the connection lives on', async () => {
  const ada = await enter('lobby', 'Ada')

  say(ada, { type: 'say', id: 'a1', text: 'x'.repeat(2_001) })
  expect(await heard(ada)).toEqual({ type: 'refused', id: 'a1', reason: 'a message is 1 to 2000 characters' })
  say(ada, { type: 'say', id: 'a2', text: ' \n ' })
  expect(await heard(ada)).toMatchObject({ type: 'refused', id: 'a2' })
  say(ada, { type: 'say', id: 'a3', text: 'x'.repeat(2_000) })
  expect(await heard(ada)).toMatchObject({ type: 'said', id: 'a3' })
})

test.each([
  ['that is no JSON', 'hello'],
  ['that is no object', '["say"]'],
  ['that is null', 'null'],
  ['of no known type', '{"type":"admin"}'],
  ['of a type that every object has', '{"type":"constructor"}'],
  ['that says hello again', '{"type":"hello","name":"Root"}'],
  ['without a text', '{"type":"say","id":"1"}'],
  ['with a text that is an object', '{"type":"say","id":"1","text":{"toString":"x"}}'],
  ['with an id that is a number', '{"type":"say","id":1,"text":"x"}'],
  ['with an id beyond all measure', `{"type":"say","id":"${'x'.repeat(41)}","text":"x"}`],
  ['with a prototype', '{"type":"say","id":"1","text":"x","__proto__":{"admin":true}}'],
  ['with a name that is not its own', '{"type":"say","id":"1","text":"x","name":"Grace"}'],
])('a message %s ends its connection, and nobody hears of it', async (_, message) => {
  const ada = await enter('lobby', 'Ada')
  const mallory = await enter('lobby', 'Mallory')
  await heard(ada)

  mallory.send(message)

  expect(await mallory.closed).toEqual({ code: 1008, reason: 'that is not in the protocol' })
  expect(await heard(ada)).toEqual({ type: 'left', name: 'Mallory' })
})

test('binary is not in the protocol', async () => {
  const ada = await enter('lobby', 'Ada')
  ada.send(new TextEncoder().encode('{"type":"typing"}'))

  expect(await ada.closed).toMatchObject({ code: 1008 })
})

test('a restart asks every window to come back, and leaves nothing behind', async () => {
  const ada = await enter('lobby', 'Ada')
  const grace = await enter('harbour', 'Grace')

  const drained = app.drain()
  await clock.advance(1_000)

  expect(await ada.closed).toEqual({ code: 1012, reason: 'restarting' })
  expect(await grace.closed).toEqual({ code: 1012, reason: 'restarting' })
  expect(await drained).toMatchObject({ closed: 2, forced: 0 })
  expect(app.stats().gauges).toMatchObject({ topics: 0, timers: 0 })
})
