import { type Handshake, HandshakeRequest, Linkspan, type LinkspanOptions } from '@linkspan/core'
import { memoryHost, type Peer, type Refused, VirtualClock } from '@linkspan/testing'
import { onTestFinished } from 'vitest'

/** An application whose clients say in a header which address they come from. */
class Addressed extends Linkspan<{}> {
  override handle(handshake: Handshake): void {
    const { url, headers } = handshake.request
    super.handle({
      request: new HandshakeRequest({ url, headers, address: headers['x-address'] ?? '127.0.0.1' }),
      accept: (upgrade) => handshake.accept(upgrade),
      reject: (status, headers, body) => handshake.reject(status, headers, body),
      onAbort: (callback) => handshake.onAbort(callback),
    })
  }
}

export interface Stage {
  readonly app: Linkspan<{}>
  readonly clock: VirtualClock
  attempt(address: string, path?: string): ReturnType<Awaited<ReturnType<typeof memoryHost>>['connect']>
  /** A client that was let in. */
  connect(address: string, path?: string): Promise<Peer>
  /** A client that was refused. */
  refusal(address: string, path?: string): Promise<Refused>
}

/** An application in memory, on a virtual clock, until the test has ended. */
export async function stage(options: LinkspanOptions = {}): Promise<Stage> {
  const clock = new VirtualClock()
  const app = new Addressed({ origin: '*', ...options, clock })
  const host = await memoryHost(app as unknown as Linkspan<unknown>)
  onTestFinished(() => host.close())
  const attempt: Stage['attempt'] = (address, path = '/') =>
    host.connect({ path, headers: { 'x-address': address } })
  return {
    app,
    clock,
    attempt,
    async connect(address, path) {
      const answer = await attempt(address, path).answer
      if (answer.upgraded) return answer.peer
      throw new Error(`the client was refused: ${answer.status} ${answer.body}`)
    },
    async refusal(address, path) {
      const answer = await attempt(address, path).answer
      if (!answer.upgraded) return answer
      throw new Error('the client was let in')
    },
  }
}

/** Closes a client, and waits until the application has let go of it. */
export async function leave(app: Linkspan<{}>, peer: Peer): Promise<void> {
  const gone = new Promise((resolve) => app.on('close', resolve))
  peer.close(1000)
  await gone
}
