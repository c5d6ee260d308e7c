import { afterEach, expect, it } from 'vitest'
import { closeHosts, met, once, wild } from './servers.js'

afterEach(closeHosts)

it('cuts what is left open, and then ends the server', async () => {
  const { peer, socket, host } = await met()
  const gone = once(socket, 'close')
  await host.close()
  expect((await gone)[0]).toBe(1006)
  expect(await peer.closed).toEqual({ code: undefined, reason: '' })
  await expect(host.connect().answer).rejects.toThrow('the socket ended without an answer')
})

it('cuts clients that wait for their answer', async () => {
  const host = await wild(() => {})
  const { answer } = host.connect()
  await host.close()
  await expect(answer).rejects.toThrow('the socket ended without an answer')
})
