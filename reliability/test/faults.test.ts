import type { ErrorCode } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { transportNames } from '../server/transports.js'
import { FAULTS, type Fault } from './faults.js'
import { type Started, start } from './started.js'

describe.each(transportNames)('%s, as a process', (transport) => {
  it('no bug in user code ends it, and every one is told of', async (context) => {
    const server = await start(transport, 'faulty', context)
    const seen: Record<string, Fault> = {}
    for (const fault of Object.keys(FAULTS)) seen[fault] = await provoke(server, fault)
    expect(seen).toEqual(FAULTS)

    const neighbour = await server.connect()
    neighbour.send('still there?')
    expect(await neighbour.next()).toBe('still there?')
    server.child.signal('SIGTERM')
    expect(await server.child.exited).toEqual({ code: 0, signal: null })
  })
})

// Where our part ends: what follows is not hidden either.
it.for(['a bare timer throws', 'a listener of the signal throws'])(
  '%s: that ends the process, as Node.js has it',
  async (fault, context) => {
    const { child, connect } = await start('ws', 'faulty', context)
    const peer = await connect(`/?${new URLSearchParams({ fault })}`)
    peer.send('do it')
    expect(await child.exited).toEqual({ code: 1, signal: null })
    expect(child.output).toContain('Error: a bug')
  },
)

/** One client that asks for a fault; a connection that survives it echoes, and is closed by its peer. */
async function provoke({ child, host }: Started, fault: string): Promise<Fault> {
  const answer = await host.connect({ path: `/?${new URLSearchParams({ fault })}` }).answer
  if (!answer.upgraded) return { refused: answer.status, errors: await errorsOf(child) }
  const { peer } = answer
  peer.send('an echo?')
  const echoed = await peer.next().catch(() => undefined)
  if (echoed === undefined) {
    const { code } = await peer.closed
    return { ...(code === undefined ? {} : { closed: code }), errors: await errorsOf(child) }
  }
  expect(echoed).toBe('an echo?')
  peer.close(1000)
  await peer.closed
  return { errors: await errorsOf(child) }
}

/** What was told of since the last time, once the connection is over. */
async function errorsOf(child: Started['child']): Promise<readonly ErrorCode[]> {
  const { gauges } = await child.ask<{ gauges: { connections: Record<string, number> } }>('stats')
  if (Object.values(gauges.connections).some((count) => count > 0)) return errorsOf(child)
  return child.ask('errors')
}
