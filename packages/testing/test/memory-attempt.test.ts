import { expect, it } from 'vitest'
import { encodeFrame, Opcode } from '../src/index.js'
import { barePort, opened, settled, Told } from './port.js'

it('asks as a real client would', async () => {
  const port = await barePort()
  port.connect({ path: '/chat?a=1', protocols: ['x', 'y'], headers: { Origin: 'https://app.example' } })
  await settled()
  const { url, headers, address, protocols } = (port.handshakes[0] as (typeof port.handshakes)[0]).request
  expect({ url, address, protocols }).toEqual({
    url: '/chat?a=1',
    address: '127.0.0.1',
    protocols: ['x', 'y'],
  })
  expect(headers).toMatchObject({
    host: 'memory.test',
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-version': '13',
    origin: 'https://app.example',
  })
})

it('answers what is no upgrade before anybody is asked', async () => {
  const port = await barePort()
  const answer = await port.connect({ headers: { upgrade: undefined } }).answer
  expect(answer).toMatchObject({
    upgraded: false,
    status: 426,
    headers: { upgrade: 'websocket', connection: 'close' },
  })
  expect(port.handshakes).toEqual([])
})

it('answers 101 with the accept value, the subprotocol and further headers', async () => {
  const port = await barePort()
  const attempt = port.connect({ headers: { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' } })
  await settled()
  port.handshakes[0]?.accept({ protocol: 'x', headers: { 'Set-Cookie': 'a=1' }, sink: new Told() })
  const answer = await attempt.answer
  expect(answer.headers).toEqual({
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
    'sec-websocket-protocol': 'x',
    'set-cookie': 'a=1',
  })
  expect(answer.upgraded && answer.peer.protocol).toBe('x')
})

it.each(['cut', 'end'] as const)('tells of a client that leaves before its answer: %s', async (how) => {
  const port = await barePort()
  const attempt = port.connect()
  await settled()
  let aborts = 0
  port.handshakes[0]?.onAbort(() => {
    aborts += 1
  })
  attempt[how]()
  expect(aborts).toBe(0)
  await expect(attempt.answer).rejects.toThrow('the socket ended without an answer')
  expect(aborts).toBe(1)
  attempt[how]()
  port.handshakes[0]?.reject(500, {}, '')
  const told = new Told()
  port.handshakes[0]?.accept({ protocol: '', headers: {}, sink: told })
  expect(told.calls).toEqual([])
  await settled()
  expect([aborts, told.calls]).toEqual([1, ["closed 1006 ''"]])
})

it('lets exactly one answer count', async () => {
  const port = await barePort()
  const attempt = port.connect()
  await settled()
  port.handshakes[0]?.reject(403, {}, 'first')
  port.handshakes[0]?.reject(500, {}, 'second')
  expect(await attempt.answer).toMatchObject({ status: 403, body: 'first' })
})

it('hands on what came in the same packet as the request', async () => {
  const early = Buffer.concat(['one', 'two'].map((payload) => encodeFrame({ opcode: Opcode.text, payload })))
  const { told, peer } = await opened({}, { early })
  peer.send('three')
  await settled()
  expect(told.calls).toEqual(['text one', 'text two', 'text three'])
})
