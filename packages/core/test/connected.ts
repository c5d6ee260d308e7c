import { expect } from 'vitest'
import type { MessageMiddleware } from '../src/middleware.js'
import type { LinkspanOptions } from '../src/options.js'
import { Bench, type FakeTransportOptions, type Pair } from './fake.js'
import { turn } from './fake-clock.js'

/** A connection that was let in, and the bench that it is on. */
export interface Connected extends Pair<{}> {
  readonly bench: Bench
}

/** Lets a client in. */
export async function connected(options?: LinkspanOptions): Promise<Connected> {
  const bench = Bench.open(options)
  return { bench, ...(await bench.connect()) }
}

/** Lets a client in whose messages go to one handler. */
export async function handled(
  handler: MessageMiddleware<{}>,
  options?: LinkspanOptions,
  transport?: FakeTransportOptions,
): Promise<Connected> {
  const bench = Bench.open(options)
  bench.app.message(handler)
  return { bench, ...(await bench.connect({}, transport)) }
}

/** A handler that says when it begins and ends, and ends when told to. */
export interface SlowHandler {
  readonly handler: MessageMiddleware<{}>
  readonly log: string[]
  /** Lets the call that runs end, and whatever follows from that happen. */
  release(): Promise<void>
}

export function slowHandler(): SlowHandler {
  const log: string[] = []
  let end = (): void => {}
  return {
    log,
    handler: async (_conn, message) => {
      log.push(`${message.text()} begins`)
      await new Promise<void>((resolve) => {
        end = resolve
      })
      log.push(`${message.text()} ends`)
    },
    release: () => {
      end()
      return turn()
    },
  }
}

/** Lets a client in that does not keep up: the first send, `'0'`, fills its transport's buffer. */
export async function slowPeer(outbox: NonNullable<LinkspanOptions['outbox']> = {}): Promise<Connected> {
  const made = await connected({ outbox })
  made.transport.answer = 'queued'
  expect(made.conn.send('0')).toBe('queued')
  return made
}
