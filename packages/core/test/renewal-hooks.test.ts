import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import type { Connection } from '../src/connection.js'
import { linkOf } from '../src/inside.js'
import type { AsyncContext } from '../src/ports/context.js'
import { Rejection } from '../src/rejection.js'
import { arriving } from './arriving.js'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'
import { unhandledDuring } from './unhandled.js'

const ADA = { subject: 'ada' }
const forbidden = (): never => {
  throw new Rejection({ status: 403, reason: 'no longer allowed' })
}

/** Ada, who is in. */
async function active() {
  const bench = Bench.open().with((app) =>
    app.use((conn, next) => {
      conn.authenticate(ADA)
      return next()
    }),
  )
  return { bench, ...(await bench.connect()) }
}

describe('a hook of renewals', () => {
  it('runs within each renewal, with the fresh identity, in order', async () => {
    const { conn } = await active()
    const log: unknown[] = []
    conn.onRenewed(() => void log.push(['first', conn.identity?.roles]))
    conn.onRenewed(() => void log.push(['second', conn.identity?.roles]))
    conn.renew({ ...ADA, roles: ['reader'] })
    conn.renew({ ...ADA, roles: ['writer'] })
    expect(log).toEqual([
      ['first', ['reader']],
      ['second', ['reader']],
      ['first', ['writer']],
      ['second', ['writer']],
    ])
  })

  it('does not run for a renewal that throws', async () => {
    const { conn } = await active()
    const runs: string[] = []
    conn.onRenewed(() => void runs.push('run'))
    expect(() => conn.renew({ subject: 'eve' })).toThrow()
    expect(runs).toEqual([])
  })

  it('that refuses closes the connection by its code; the others do not run, and nobody reports an error', async () => {
    const { bench, conn, transport } = await active()
    const runs: string[] = []
    conn.onRenewed(forbidden)
    conn.onRenewed(() => void runs.push('run'))
    conn.renew(ADA)
    expect(transport.calls).toEqual([{ call: 'close', code: 4003, reason: 'no longer allowed' }])
    expect([runs, bench.errors]).toEqual([[], []])
  })

  it('that closes the connection is the last one that runs', async () => {
    const { conn } = await active()
    const runs: string[] = []
    conn.onRenewed(() => conn.close(4000, 'enough'))
    conn.onRenewed(() => void runs.push('run'))
    conn.renew(ADA)
    expect(runs).toEqual([])
  })

  it('that refuses closes although the renewal is in the hands of a handler that catches everything', async () => {
    const bench = Bench.open().with((app) =>
      app.use((conn, next) => {
        conn.authenticate(ADA)
        conn.onRenewed(forbidden)
        return next()
      }),
    )
    const handled: string[] = []
    bench.app.message((conn, message) => {
      handled.push(message.text())
      try {
        conn.renew(ADA)
      } catch {
        handled.push('caught')
      }
    })
    const { transport } = await bench.connect()
    transport.receive('renew')
    transport.receive('and more')
    expect(handled).toEqual(['renew'])
    expect(transport.calls).toEqual([{ call: 'close', code: 4003, reason: 'no longer allowed' }])
  })

  it('that fails closes with 1011, and is reported', async () => {
    const { bench, conn, transport } = await active()
    const errors: unknown[] = []
    bench.app.on('error', (error) => errors.push(error))
    const thrown = new Error('the directory is gone')
    conn.onRenewed(() => {
      throw thrown
    })
    conn.renew(ADA)
    expect(transport.calls).toEqual([{ call: 'close', code: 1011, reason: '' }])
    expect(errors).toMatchObject([{ code: 'LINKSPAN_MIDDLEWARE', cause: thrown }])
  })

  it('may answer later: what it rejects with ends the connection as what it throws', async () => {
    const { bench, conn, transport } = await active()
    conn.onRenewed(async () => {
      await turn()
      return forbidden()
    })
    conn.renew(ADA)
    expect(transport.calls).toEqual([])
    await turn()
    await turn()
    expect(transport.calls).toEqual([{ call: 'close', code: 4003, reason: 'no longer allowed' }])
    expect(bench.errors).toEqual([])
  })

  it('that refuses when the connection has ended does no harm', async () => {
    const { bench, conn, transport } = await active()
    conn.onRenewed(async () => {
      await turn()
      return forbidden()
    })
    conn.renew(ADA)
    const unhandled = await unhandledDuring(async () => {
      transport.closed(1000)
      await turn()
      await turn()
    })
    expect([unhandled, bench.errors, bench.of('close')]).toMatchObject([[], [], [{ code: 1000 }]])
  })

  it('refuses the handshake where the renewal is in the pipeline', async () => {
    const { bench, conn, handshake } = await arriving()
    conn.authenticate(ADA)
    conn.onRenewed(forbidden)
    conn.renew(ADA)
    expect(handshake.rejected).toMatchObject({ status: 403 })
    expect(bench.of('reject')).toEqual([{ status: 403, code: 4003, reason: 'no longer allowed' }])
  })

  it('runs in the context of its connection', async () => {
    let ambient = 'nothing'
    const context: AsyncContext = {
      capture() {
        const captured = ambient
        return (call, ...args) => {
          const before = ambient
          ambient = captured
          try {
            return call(...args)
          } finally {
            ambient = before
          }
        }
      },
    }
    const seen: string[] = []
    const bench = Bench.open({ context }).with((app) =>
      app.use((conn, next) => {
        conn.authenticate(ADA)
        conn.onRenewed(() => void seen.push(ambient))
        ambient = 'the trace'
        const life = next()
        ambient = 'nothing'
        return life
      }),
    )
    const { conn } = await bench.connect()
    conn.renew(ADA)
    expect(seen).toEqual(['the trace'])
  })

  it('is let go of when closing begins, and none is taken after that', async () => {
    const { conn } = await active()
    const held = [hold(conn)]
    collect()
    expect(held.map((reference) => reference.deref() !== undefined)).toEqual([true])
    conn.close()
    held.push(hold(conn))
    await turn()
    collect()
    expect(held.map((reference) => reference.deref() !== undefined)).toEqual([false, false])
    expect(conn.state).toBe('closing')
  })

  it('costs a connection without one nothing', async () => {
    const { conn } = await active()
    const fields = Object.keys(linkOf(conn))
    conn.onRenewed(() => {})
    expect(Object.keys(linkOf(conn))).toEqual(fields)
  })
})

/** Registers a hook that holds something, and answers what tells whether that is still there. */
function hold(conn: Connection<unknown>): WeakRef<object> {
  const held = { what: 'a hook holds' }
  conn.onRenewed(() => void held)
  return new WeakRef(held)
}

/** Collects garbage, now. */
function collect(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}
