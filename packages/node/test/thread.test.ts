import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { shutdown } from '@linkspan/node'
import { expect, it, onTestFinished } from 'vitest'
import { clientsOf, NODE_ARGS, skipWithout, transportNames } from './program/started.js'

it.for([...transportNames])(
  'a worker thread on %s ends when its main thread tells it to, which waits for it as for any other step',
  { timeout: 120_000 },
  async (transport, context) => {
    skipWithout(transport, context)
    const thread = new Worker(new URL('program/thread.mjs', import.meta.url), {
      execArgv: [...NODE_ARGS],
      workerData: transport,
    })
    onTestFinished(async () => void (await thread.terminate()))
    const [{ port }] = (await once(thread, 'message')) as [{ port: number }]
    const peers = await Promise.all(Array.from({ length: 3 }, () => clientsOf(port).connect()))
    const told = once(thread, 'message')
    const stopping = shutdown({
      signals: [],
      close: {
        thread: async () => {
          const exit = once(thread, 'exit')
          thread.postMessage('shutdown')
          expect(await exit).toEqual([0])
        },
      },
    })
    const { clean, steps } = await stopping.begin()
    expect(steps).toMatchObject([{ name: 'close thread', outcome: 'done' }])
    expect(clean).toBe(true)
    expect(await told).toEqual([{ clean: true, connections: { closed: 3, forced: 0 } }])
    expect(await Promise.all(peers.map((peer) => peer.closed))).toEqual(
      Array(3).fill({ code: 1012, reason: 'restarting' }),
    )
  },
)
