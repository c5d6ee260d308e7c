import { expect, it } from 'vitest'
import { barePort, opened, settled } from './port.js'

it('ends everything with the host, and lets nobody in afterwards', async () => {
  const { told, peer, host } = await opened()
  await host.close()
  expect(told.calls).toEqual(["closed 1006 ''"])
  expect(await peer.closed).toEqual({ code: undefined, reason: '' })
  await expect(host.connect().answer).rejects.toThrow('the socket ended without an answer')
})

it('aborts the handshakes that wait for an answer', async () => {
  const port = await barePort()
  const { answer } = port.connect()
  await settled()
  const aborted = new Promise<void>((resolve) => port.handshakes[0]?.onAbort(resolve))
  await port.host.close()
  await aborted
  await expect(answer).rejects.toThrow('the socket ended without an answer')
})
