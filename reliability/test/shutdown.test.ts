import { describe, expect, it } from 'vitest'
import { transportNames } from '../server/transports.js'
import { start } from './started.js'

describe.each(transportNames)('%s, as a process', (transport) => {
  it('SIGTERM: 1012 to all, 503 to those who come, releases awaited, exit code 0; a second one is harmless', async (context) => {
    const { child, host, connect } = await start(transport, 'patient', context)
    const peers = await Promise.all(Array.from({ length: 5 }, () => connect()))

    child.signal('SIGTERM')
    const closes = await Promise.all(peers.map((peer) => peer.closed))
    expect(closes).toEqual(Array(5).fill({ code: 1012, reason: 'restarting' }))

    const answer = await host.connect().answer
    expect(answer).toMatchObject({ upgraded: false, status: 503 })
    expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/)

    child.signal('SIGTERM')
    // A signal and a question are not delivered in order.
    while ((await child.ask<number>('signals')) < 2);
    expect(await child.ask('released')).toBe(0)
    await child.ask('release')
    expect(await child.exited).toEqual({ code: 0, signal: null })
    const released = Array.from({ length: 5 }, (_, index) => `released ${index + 1}`)
    expect(child.output.trim().split('\n')).toEqual([...released, 'stopped: 5 closed, 0 cut'])
  })

  it.for([
    ['close', 'drain'],
    ['drain', 'close'],
  ] as const)(
    'server %s, then %s, with live sockets: both settle, and the process ends by itself',
    async ([first, second], context) => {
      const { child, connect } = await start(transport, 'storm', context)
      const peers = await Promise.all(Array.from({ length: 5 }, () => connect()))
      for (const peer of peers) peer.send('count 0')
      await Promise.all(peers.map((peer) => peer.next()))

      // Both are on their way before either is done.
      const settled = await Promise.all([child.ask(first), child.ask(second)])
      expect(settled).toHaveLength(2)
      await Promise.all(peers.map((peer) => peer.closed))
      expect(await child.exited).toEqual({ code: 0, signal: null })
      expect(child.output).toBe('')
    },
  )

  it('a server that nobody connected to ends by itself, too', async (context) => {
    const { child } = await start(transport, 'storm', context)
    child.signal('SIGTERM')
    expect(await child.exited).toEqual({ code: 0, signal: null })
  })
})
