import { ProtocolViolation } from '@linkspan/core'
import { expect, it } from 'vitest'
import { opened, settled } from './port.js'

it('carries messages both ways, in order, as bytes', async () => {
  const { told, transport, peer } = await opened()
  peer.send('čaj')
  peer.sendBurst([Uint8Array.of(1, 2), ''])
  expect(told.calls).toEqual([])
  await settled()
  expect(told.calls).toEqual(['text čaj', 'binary 0102', 'text '])
  expect(transport.send('text', false)).toBe('sent')
  expect(transport.send(new TextEncoder().encode('bytes as text'), false)).toBe('sent')
  expect(transport.send(Uint8Array.of(3), true)).toBe('sent')
  expect(transport.send(Uint8Array.of(4).buffer, true)).toBe('sent')
  expect(peer.received).toBe(0)
  expect([await peer.next(), await peer.next(), await peer.next(), await peer.next()]).toEqual([
    'text',
    'bytes as text',
    Uint8Array.of(3),
    Uint8Array.of(4),
  ])
})

it('takes the bytes it is given: what happens to them later is nobody else’s business', async () => {
  const { transport, peer } = await opened()
  const bytes = Uint8Array.of(1, 2, 3)
  transport.send(bytes, true)
  bytes.fill(0)
  expect(await peer.next()).toEqual(Uint8Array.of(1, 2, 3))
})

it('answers pings, and tells of pings and pongs', async () => {
  const { told, transport, peer } = await opened()
  peer.ping(Uint8Array.of(1))
  transport.ping()
  await settled()
  expect(told.calls).toEqual(['ping', 'pong'])
  expect(peer.pings).toBe(1)
  peer.answersPings = false
  transport.ping()
  await settled()
  expect(peer.pings).toBe(2)
  expect(told.calls).toEqual(['ping', 'pong'])
})

it('buffers for a peer that does not read, and drains when it does', async () => {
  const { told, transport, peer } = await opened()
  peer.pause()
  expect(transport.send(new Uint8Array(60_000), true)).toBe('sent')
  expect(transport.bufferedAmount).toBe(0)
  expect(transport.send(new Uint8Array(60_000), true)).toBe('queued')
  expect(transport.bufferedAmount).toBeGreaterThan(50_000)
  await settled()
  expect([told.calls, peer.received]).toEqual([[], 0])
  peer.resume()
  await settled()
  expect([told.calls, peer.received, transport.bufferedAmount]).toEqual([['drain'], 2, 0])
})

it('holds what comes while reading is paused, the end included', async () => {
  const { told, transport, peer } = await opened()
  transport.pause?.()
  peer.send('one')
  peer.close(1000)
  await settled()
  expect(told.calls).toEqual([])
  transport.resume?.()
  await settled()
  expect(told.calls).toEqual(['text one', "closed 1000 ''"])
})

it('answers a close frame of the peer with the same', async () => {
  const { told, peer } = await opened()
  peer.close(4001, 'moved on')
  expect(await peer.closed).toEqual({ code: 4001, reason: 'moved on' })
  await settled()
  expect([told.calls, told.errors]).toEqual([["closed 4001 'moved on'"], [undefined]])
})

it('answers a close frame without a code by one without', async () => {
  const { told, peer } = await opened()
  peer.close()
  expect(await peer.closed).toEqual({ code: undefined, reason: '' })
  expect(told.calls).toEqual(["closed 1005 ''"])
})

it('closes when the peer has answered, after what was sent before', async () => {
  const { told, transport, peer } = await opened()
  transport.send('last words', false)
  transport.close(1001, 'bye')
  transport.close(1011, 'again')
  expect(transport.send('too late', false)).toBe('dropped')
  expect(told.calls).toEqual([])
  expect(await peer.closed).toEqual({ code: 1001, reason: 'bye' })
  expect(await peer.next()).toBe('last words')
  await expect(peer.next()).rejects.toThrow('the socket is gone')
  expect(told.calls).toEqual(["closed 1001 ''"])
})

it('is 1006 when the peer does not answer our close frame but ends its socket', async () => {
  const { told, transport, peer } = await opened()
  peer.answersClose = false
  transport.close(1001, '')
  await settled()
  expect(told.calls).toEqual([])
  peer.end()
  await settled()
  expect(told.calls).toEqual(["closed 1006 ''"])
})

it('hears the peer out after our close frame', async () => {
  const { told, transport, peer } = await opened()
  peer.answersClose = false
  transport.close(1000, '')
  peer.send('one more thing')
  peer.close(1000)
  await settled()
  expect(told.calls).toEqual(['text one more thing', "closed 1000 ''"])
})

it('is 1006 when either side cuts or ends the socket, once and last', async () => {
  const cut = await opened()
  cut.peer.send('before')
  cut.peer.cut()
  cut.peer.send('after')
  await settled()
  expect(cut.told.calls).toEqual(['text before', "closed 1006 ''"])
  expect(cut.told.errors[0]?.message).toBe('the peer reset the connection')

  const ended = await opened()
  ended.peer.end()
  await settled()
  expect([ended.told.calls, ended.told.errors]).toEqual([["closed 1006 ''"], [undefined]])
  expect(await ended.peer.closed).toEqual({ code: undefined, reason: '' })

  const terminated = await opened()
  terminated.transport.terminate()
  terminated.transport.terminate()
  expect(terminated.told.calls).toEqual([])
  await settled()
  expect(terminated.told.calls).toEqual(["closed 1006 ''"])
  expect(await terminated.peer.closed).toEqual({ code: undefined, reason: '' })
})

it('is a no-op after it has closed', async () => {
  const { told, transport, peer } = await opened()
  peer.cut()
  await settled()
  expect(transport.send('x', false)).toBe('dropped')
  transport.ping()
  transport.close(1000, '')
  transport.terminate()
  transport.pause?.()
  transport.resume?.()
  await settled()
  expect([told.calls, transport.bufferedAmount]).toEqual([["closed 1006 ''"], 0])
})

const VIOLATIONS: [string, number, (peer: Awaited<ReturnType<typeof opened>>['peer']) => void][] = [
  ['a message above maxPayload', 1009, (peer) => peer.send('123456789')],
  ['text that is no UTF-8', 1007, (peer) => peer.sendText(Uint8Array.of(0xc3, 0x28))],
  ['a ping of 126 bytes', 1002, (peer) => peer.ping(new Uint8Array(126))],
  ['a close code that must not travel', 1002, (peer) => peer.close(1005)],
]

it.each(VIOLATIONS)('ends a connection for %s with %i', async (_, code, violate) => {
  const { told, peer } = await opened({ maxPayload: 8 })
  violate(peer)
  peer.send('unheard')
  expect((await peer.closed).code).toBe(code)
  expect(told.calls).toEqual(["closed 1006 ''"])
  expect(told.errors[0]).toBeInstanceOf(ProtocolViolation)
  expect(told.errors[0]).toMatchObject({ code, sent: true })
})

it('says of a violation after our close frame that no other was sent', async () => {
  const { told, transport, peer } = await opened({ maxPayload: 8 })
  peer.answersClose = false
  transport.close(1000, '')
  peer.send('123456789')
  await settled()
  expect(told.errors[0]).toMatchObject({ code: 1009, sent: false })
})
