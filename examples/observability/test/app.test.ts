// The chat without a server: who comes in, what is said, and what a connection is found by afterwards.

import type { Logger } from '@linkspan/core'
import { memoryStore } from '@linkspan/session'
import { memoryHost, type Peer, type TestHost } from '@linkspan/testing'
import { beforeEach, expect, test } from 'vitest'
import { chat, MESSAGES_A_SECOND } from '../src/app.js'
import { tokenOf } from '../src/load/tokens.js'
import { encode, type Said } from '../src/protocol.js'

const SECRET = new Uint8Array(32).fill(7)
const nothing = (): void => {}
const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }

let app: ReturnType<typeof chat>['app']
let host: TestHost

beforeEach(async () => {
  const search = async (text: string) => [`about ${text}`]
  ;({ app } = chat({ secret: SECRET, store: memoryStore(), search }, { logger: silent }))
  host = await memoryHost(app)
  return () => host.close()
})

async function answerTo(room: string, age: 'fresh' | 'stale' = 'fresh') {
  const headers = { authorization: `Bearer ${await tokenOf(SECRET, 'ada', 'acme', age)}` }
  return host.connect({ path: `/rooms/${room}`, params: { room }, headers }).answer
}

/** Somebody who is in a room, and the id that they were welcomed with. */
async function enter(room: string): Promise<{ peer: Peer; connection: string }> {
  const answer = await answerTo(room)
  if (!answer.upgraded) throw new Error(`refused with ${answer.status}`)
  const { type, connection } = JSON.parse(String(await answer.peer.next()))
  expect(type).toBe('welcome')
  return { peer: answer.peer, connection }
}

const heard = async (peer: Peer): Promise<unknown> => JSON.parse(String(await peer.next()))
const say = (peer: Peer, said: Said): void => peer.send(encode(said))

test('a token of yesterday is refused with 401', async () => {
  expect(await answerTo('pier', 'stale')).toMatchObject({ upgraded: false, status: 401 })
})

test('what is said is heard in its room, and in no other', async () => {
  const [one, other, apart] = [await enter('pier'), await enter('pier'), await enter('quay')]
  say(one.peer, { type: 'say', text: 'hello' })
  say(apart.peer, { type: 'say', text: 'nobody here?' })
  expect(await heard(one.peer)).toEqual({ type: 'said', name: 'ada', text: 'hello' })
  expect(await heard(other.peer)).toEqual({ type: 'said', name: 'ada', text: 'hello' })
  expect(await heard(apart.peer)).toEqual({ type: 'said', name: 'ada', text: 'nobody here?' })
})

test('a search is answered to who asked', async () => {
  const { peer } = await enter('pier')
  say(peer, { type: 'search', text: 'ferry' })
  expect(await heard(peer)).toEqual({ type: 'found', lines: ['about ferry'] })
})

test('who says too much is closed with 4101, and its connection is explained by the id it was welcomed with', async () => {
  const { peer, connection } = await enter('pier')
  for (let said = 0; said <= 2 * MESSAGES_A_SECOND; said += 1) say(peer, { type: 'say', text: 'me' })
  expect(await peer.closed).toMatchObject({ code: 4101 })
  await expect.poll(() => app.recording(connection)?.end).toMatchObject({ code: 4101, by: 'server' })
  expect(String(app.explain(connection))).toContain('4101')
})

test.each([
  'no JSON',
  '{"type":"shout","text":"hello"}',
  '{"type":"say","text":""}',
  '{"type":"say"}',
  'null',
])('what is not in the protocol closes: %s', async (text) => {
  const { peer } = await enter('pier')
  peer.send(text)
  expect(await peer.closed).toMatchObject({ code: 1008 })
})
