import type { Connection } from '../src/connection.js'
import type { MessageMiddleware } from '../src/middleware.js'
import type { LinkspanOptions } from '../src/options.js'
import type { HandshakeRequestInit } from '../src/request.js'
import { Bench, type FakeHandshake, type FakeTransportOptions } from './fake.js'
import { turn } from './fake-clock.js'

/** A connection on its way in, held by its one middleware. */
export interface Arriving {
  readonly bench: Bench
  readonly conn: Connection<unknown>
  readonly handshake: FakeHandshake
  /** Lets the middleware go on to `next()`, and whatever follows from that happen. */
  go(): Promise<void>
}

export interface ArrivingOptions {
  readonly request?: Partial<HandshakeRequestInit>
  readonly transport?: FakeTransportOptions
  readonly handler?: MessageMiddleware<{}>
}

/** Lets a client arrive, and holds it before the end of the pipeline. */
export async function arriving(
  options?: LinkspanOptions,
  { request, transport, handler = () => {} }: ArrivingOptions = {},
): Promise<Arriving> {
  let conn: Connection<unknown> | undefined
  let open = (): void => {}
  const bench = Bench.open(options).with((app) =>
    app.use(async (arrived, next) => {
      conn = arrived
      await new Promise<void>((resolve) => {
        open = resolve
      })
      return next()
    }),
  )
  bench.app.message(handler)
  const handshake = bench.arrive(request, transport)
  await turn()
  const go = (): Promise<void> => {
    open()
    return turn()
  }
  return { bench, conn: conn as Connection<unknown>, handshake, go }
}
