import {
  type Linkspan,
  type LinkspanError,
  type LinkspanOptions,
  linkspan,
  type MessageMiddleware,
} from '@linkspan/core'
import { asyncContext } from '@linkspan/node'
import { type TraceOptions, traces } from '@linkspan/otel'
import { type ConnectOptions, memoryHost, type Peer, type TestHost } from '@linkspan/testing'
import { onTestFinished } from 'vitest'

const nothing = (): void => {}
/** What is reported is what tests look at. */
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }

export function application(options: LinkspanOptions = {}): Linkspan<{}> {
  return linkspan({ origin: '*', logger: SILENT, context: asyncContext(), heartbeat: false, ...options })
}

/** An application in memory, until the end of the test. */
export async function served<Data>(app: Linkspan<Data>): Promise<TestHost> {
  const host = await memoryHost(app as unknown as Linkspan<unknown>)
  onTestFinished(async () => {
    await host.close()
    await app.drain({ grace: 0 })
  })
  return host
}

export async function connected(host: TestHost, options?: ConnectOptions): Promise<Peer> {
  const answer = await host.connect(options).answer
  if (!answer.upgraded) throw new Error(`refused with ${answer.status}: ${answer.body}`)
  return answer.peer
}

/** Resolves when an application has closed its next connection. */
export function nextClose<Data>(app: Linkspan<Data>): Promise<void> {
  return new Promise((resolve) => {
    app.on('close', () => resolve())
  })
}

/** A client of a traced application, whose handler answers something. */
export async function client(
  handler: MessageMiddleware<{}>,
  given: TraceOptions = {},
): Promise<{
  readonly app: Linkspan<{}>
  readonly host: TestHost
  readonly peer: Peer
  readonly errors: readonly LinkspanError[]
  readonly closed: Promise<void>
  end(): void
}> {
  const app = application().message(handler)
  const errors: LinkspanError[] = []
  app.on('error', (error) => errors.push(error))
  const end = traces(app, { messages: 1, ...given })
  const host = await served(app)
  return { app, host, errors, end, closed: nextClose(app), peer: await connected(host) }
}

/** What the handler of a traced application answers to something that is said. */
export async function answerOf(
  handler: MessageMiddleware<{}>,
  given?: TraceOptions,
  said = 'hello',
): Promise<string | Uint8Array> {
  const { peer } = await client(handler, given)
  peer.send(said)
  return peer.next()
}
