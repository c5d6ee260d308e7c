import { type Peer, socketHost, type TestHost } from '@linkspan/testing'
import { onTestFinished, type TestContext } from 'vitest'
import { missing } from '../../packages/uws/test/load.js'
import { Child } from '../child.js'
import type { TransportName } from '../server/transports.js'

/** A server program that has started, and a client's way to it. */
export interface Started {
  readonly child: Child
  readonly host: TestHost
  connect(path?: string): Promise<Peer>
}

/** Skips a test where its server cannot be had, and says why. */
export function skipWithout(transport: TransportName, context: Pick<TestContext, 'skip'>): void {
  if (transport === 'uws' && missing !== undefined) context.skip(missing)
}

/** Starts a server program, until the test has ended. Skips the test where the server cannot be had. */
export async function start(
  transport: TransportName,
  scenario: string,
  context: Pick<TestContext, 'skip'>,
): Promise<Started> {
  skipWithout(transport, context)
  const child = await Child.start({ transport, scenario })
  const host = socketHost({ connect: { port: child.port, host: '127.0.0.1' }, close: () => child.end() })
  onTestFinished(() => host.close())
  const connect = async (path = '/'): Promise<Peer> => {
    const answer = await host.connect({ path }).answer
    if (answer.upgraded) return answer.peer
    throw new Error(`the client was refused: ${answer.status} ${answer.body}`)
  }
  return { child, host, connect }
}
