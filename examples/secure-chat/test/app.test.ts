// The server without a page: real sockets, real cookies, and a clock that the test moves.

import { type Peer, socketHost, type TestHost, VirtualClock } from '@linkspan/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Accounts } from '../src/accounts.js'
import { serve } from '../src/serve.js'

const PASSWORD = 'a password of tests'
const SECRET = new Uint8Array(32).fill(7)

let clock: VirtualClock
let accounts: Accounts
let server: Awaited<ReturnType<typeof serve>>
let host: TestHost

beforeEach(async () => {
  clock = new VirtualClock()
  accounts = new Accounts()
  await accounts.add('ada', PASSWORD, ['member', 'moderator'])
  await accounts.add('grace', PASSWORD, ['member'])
  server = await serve(accounts, SECRET, { clock, heartbeat: false })
  const { port } = new URL(server.url)
  host = socketHost({ connect: { host: '127.0.0.1', port: Number(port) }, close: () => server.stop() })
})

afterEach(async () => {
  for (const conn of server.app.connections) conn.terminate()
  await host.close()
})

function post(path: string, init: RequestInit = {}) {
  return fetch(`${server.url}${path}`, { method: 'POST', ...init })
}

/** Logs in, and answers the cookie. */
async function login(name: string, password = PASSWORD): Promise<string> {
  const answer = await post('/login', { body: JSON.stringify({ name, password }) })
  expect(answer.status).toBe(204)
  const [cookie = ''] = answer.headers.getSetCookie()
  expect(cookie).toMatch(/^session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
  return cookie.split(';', 1)[0] ?? ''
}

async function tokenOf(cookie: string): Promise<string> {
  const answer = await post('/token', { headers: { cookie } })
  expect(answer.status).toBe(200)
  return ((await answer.json()) as { token: string }).token
}

async function connect(token: string): Promise<Peer> {
  const answer = await host.connect({ path: '/chat', protocols: ['secure-chat.v1', `bearer.${token}`] })
    .answer
  if (!answer.upgraded) throw new Error(`refused with ${answer.status}`)
  return answer.peer
}

const heard = async (peer: Peer): Promise<unknown> => JSON.parse(String(await peer.next()))
const say = (peer: Peer, message: object): void => peer.send(JSON.stringify(message))

/** Connects, hears the welcome, and enters a room. */
async function enter(token: string, room = 'lobby'): Promise<Peer> {
  const peer = await connect(token)
  expect(await heard(peer)).toMatchObject({ type: 'welcome' })
  say(peer, { type: 'enter', room })
  expect(await heard(peer)).toEqual({ type: 'entered', room })
  return peer
}

test('who is logged in gets a token, and talks with it', async () => {
  const ada = await enter(await tokenOf(await login('ada')))
  const grace = await enter(await tokenOf(await login('grace')))
  say(ada, { type: 'say', room: 'lobby', text: 'hello' })
  const said = { type: 'said', room: 'lobby', name: 'ada', text: 'hello' }
  expect([await heard(ada), await heard(grace)]).toEqual([said, said])
})

test('nobody else does', async () => {
  for (const body of ['{"name":"ada","password":"guess"}', `{"name":"eve","password":"${PASSWORD}"}`]) {
    expect((await post('/login', { body })).status).toBe(401)
  }
  for (const body of ['', '{', 'null', '{"name":1}', `{"name":"${'x'.repeat(2_000)}"}`]) {
    expect((await post('/login', { body })).status).toBe(400)
  }
  const cookie = `session=${'x'.repeat(43)}`
  expect((await post('/token', { headers: { cookie } })).status).toBe(401)
  for (const origin of ['https://evil.example', 'null']) {
    expect((await post('/token', { headers: { cookie: await login('ada'), origin } })).status).toBe(403)
  }
  const nobody = await connect('a.b.c')
  expect(await nobody.closed).toEqual({ code: 4010, reason: '' })
})

test('a room is for those whose roles say so, and the others are told', async () => {
  const grace = await enter(await tokenOf(await login('grace')))
  say(grace, { type: 'enter', room: 'staff' })
  expect(await heard(grace)).toEqual({ type: 'denied', action: 'join', topic: 'room:staff' })
  say(grace, { type: 'enter', room: 'announcements' })
  expect(await heard(grace)).toEqual({ type: 'entered', room: 'announcements' })
  say(grace, { type: 'say', room: 'announcements', text: 'free beer' })
  expect(await heard(grace)).toEqual({ type: 'denied', action: 'publish', topic: 'room:announcements' })

  const ada = await enter(await tokenOf(await login('ada')), 'announcements')
  say(ada, { type: 'say', room: 'announcements', text: 'release at noon' })
  expect(await heard(grace)).toMatchObject({ name: 'ada', text: 'release at noon' })
})

test('a token is renewed in place, and without that the connection ends with it', async () => {
  const cookie = await login('ada')
  const [kept, left] = [await enter(await tokenOf(cookie)), await enter(await tokenOf(cookie))]
  await clock.advance(60_000)
  expect(await heard(kept)).toEqual({ type: 'expiring', in: 60_000 })
  say(kept, { type: 'renew', token: await tokenOf(cookie) })
  expect(await heard(kept)).toEqual({ type: 'renewed', expiresAt: clock.now() + 120_000 })

  await clock.advance(60_000)
  expect((await left.closed).code).toBe(4200)
  // Its own next lease is announced, and it lives.
  expect(await heard(kept)).toEqual({ type: 'expiring', in: 60_000 })
  say(kept, { type: 'say', room: 'lobby', text: 'still here' })
  expect(await heard(kept)).toMatchObject({ text: 'still here' })
})

test('a role that was taken away is gone with the next token', async () => {
  const cookie = await login('ada')
  const ada = await enter(await tokenOf(cookie), 'staff')
  accounts.setRoles('ada', ['member'])
  const token = await tokenOf(cookie)
  say(ada, { type: 'renew', token })
  expect(await heard(ada)).toEqual({ type: 'denied', action: 'join', topic: 'room:staff' })
  expect(await heard(ada)).toMatchObject({ type: 'renewed' })
  const [conn] = [...server.app.connections]
  expect([...(conn?.topics ?? [])]).toEqual([])
})

test('a renewal for somebody else ends the connection', async () => {
  const ada = await enter(await tokenOf(await login('ada')))
  say(ada, { type: 'renew', token: await tokenOf(await login('grace')) })
  expect((await ada.closed).code).toBe(4003)
})

test('log-out closes every window of that log-in, and its tokens are good for nothing', async () => {
  const [phone, laptop] = [await login('ada'), await login('ada')]
  const token = await tokenOf(phone)
  const windows = [await enter(token), await enter(token)]
  const other = await enter(await tokenOf(laptop))

  const answer = await post('/logout', { headers: { cookie: phone } })
  expect(answer.headers.getSetCookie()).toEqual(['session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict'])
  for (const window of windows) expect((await window.closed).code).toBe(4001)
  expect((await post('/token', { headers: { cookie: phone } })).status).toBe(401)
  expect((await (await connect(token)).closed).code).toBe(4001)

  say(other, { type: 'say', room: 'lobby', text: 'still here' })
  expect(await heard(other)).toMatchObject({ text: 'still here' })
})

test('who says too much, or opens too many windows, is shut out', async () => {
  const token = await tokenOf(await login('ada'))
  const windows: Peer[] = []
  for (let count = 0; count < 5; count += 1) windows.push(await enter(token))
  expect((await (await connect(token)).closed).code).toBe(4101)

  const [loud] = windows
  for (let count = 0; count < 25; count += 1) loud?.send('{"type":"say","room":"lobby","text":"spam"}')
  expect((await loud?.closed)?.code).toBe(4101)
})

test.each([
  'no JSON',
  'null',
  '{"type":"say","room":"lobby"}',
  '{"type":"enter","room":"__proto__"}',
  '{"type":"admin"}',
])('what is not in the protocol ends its connection: %s', async (message) => {
  const ada = await enter(await tokenOf(await login('ada')))
  ada.send(message)
  expect(await ada.closed).toEqual({ code: 1008, reason: 'that is not in the protocol' })
})
