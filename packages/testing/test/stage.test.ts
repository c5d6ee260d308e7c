import type { Connection, Linkspan } from '@linkspan/core'
import { expect, it, vi } from 'vitest'
import { FULL_SUPPORT, type HostFactory, MEMORY_SUPPORT, memoryHost, type Stage } from '../src/index.js'
import { perform } from '../src/stage.js'
import { faulty } from './faults.js'

function play(run: (stage: Stage) => Promise<void>, factory: HostFactory = memoryHost): Promise<void> {
  return perform({ name: 'a behaviour', run }, factory, MEMORY_SUPPORT)
}

/** A client of an application. */
async function join(
  stage: Stage,
  app: Linkspan<unknown>,
): ReturnType<Awaited<ReturnType<Stage['serve']>>['connect']> {
  return (await stage.serve(app)).connect()
}

it('gives applications its clock, a recorder, every origin and a silent logger', async () => {
  await play(async (stage) => {
    const app = stage.app()
    expect(app.options.clock).toBe(stage.clock)
    expect(stage.supports).toBe(MEMORY_SUPPORT)
    expect(stage.record(app)).toBe(stage.record(app))
    expect(() => stage.record(stage.app() && ({} as Linkspan<unknown>))).toThrow(
      'only applications made with stage.app()',
    )
    const served = await stage.serve(app)
    const answer = await served.answer({ headers: { origin: 'https://anywhere.example' } })
    expect(answer.upgraded).toBe(true)
    expect((await stage.record(app).next('open')).event).toBe('open')
  })
})

it('fails to connect where the client is refused, and says with what', async () => {
  await play(async (stage) => {
    const app = stage.app().use((conn) => conn.reject({ status: 402, reason: 'pay' }))
    await expect(join(stage, app)).rejects.toThrow(/^the client was refused: 402 .*pay/)
  })
})

it('fails as the behaviour fails, whatever that leaves behind', async () => {
  const run = async (stage: Stage): Promise<void> => {
    await join(stage, stage.app())
    stage.clock.setTimeout(() => {}, 1)
    throw new Error('it is not so')
  }
  await expect(play(run)).rejects.toThrow('it is not so')
})

it('fails for a behaviour that does not end, and closes what that has opened', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  let conn: Connection<unknown> | undefined
  const played = play(async (stage) => {
    const app = stage.app()
    await join(stage, app)
    conn = [...app.connections][0]
    await new Promise(() => {})
  })
  const expectation = expect(played).rejects.toThrow('after 7000 ms it was not so: the behaviour has ended')
  while (conn === undefined) await new Promise(setImmediate)
  await vi.advanceTimersByTimeAsync(7_000)
  vi.useRealTimers()
  await expectation
  expect(conn.state).toBe('closed')
})

it('closes what is left open', async () => {
  let conn: Connection<unknown> | undefined
  await play(async (stage) => {
    const app = stage.app()
    const peer = await join(stage, app)
    peer.pause()
    conn = [...app.connections][0]
    expect(conn?.state).toBe('active')
  })
  expect(conn?.state).toBe('closed')
})

it('lets deadlines pass for what hangs', async () => {
  const hangs = async (stage: Stage): Promise<void> => {
    const app = stage.app({ releaseTimeout: 60_000 }).message(() => new Promise(() => {}))
    stage.record(app).expectErrors('LINKSPAN_RELEASE_TIMEOUT')
    const peer = await join(stage, app)
    peer.send('hold on')
    await stage.until(() => app.stats().totals.received === 1, 'the message has arrived')
  }
  await play(hangs)
})

it('fails for an error that was neither looked at nor expected', async () => {
  const withErrors = (look: (stage: Stage, app: Linkspan<unknown>) => unknown) => async (stage: Stage) => {
    const app = stage.app().message(() => {
      throw new Error('oh no')
    })
    const peer = await join(stage, app)
    peer.send('throw')
    await peer.closed
    await look(stage, app)
  }
  await expect(play(withErrors(() => {}))).rejects.toThrow(
    /unexpected error: LINKSPAN_HANDLER: a message handler threw\. \(oh no\)/,
  )
  await play(withErrors((stage, app) => stage.record(app).next('error')))
  await play(withErrors((stage, app) => stage.record(app).of('error')))
  await play(withErrors((stage, app) => stage.record(app).expectErrors()))
  await play(withErrors((stage, app) => stage.record(app).expectErrors('LINKSPAN_HANDLER')))
  await expect(
    play(withErrors((stage, app) => stage.record(app).expectErrors('LINKSPAN_RELEASE'))),
  ).rejects.toThrow(/LINKSPAN_HANDLER/)
})

it('fails for a timer that is left on the clock', async () => {
  const leak = async (stage: Stage): Promise<void> => {
    stage.clock.setTimeout(() => {}, 1_000_000)
  }
  await expect(play(leak)).rejects.toThrow('1 timers of the clock still run')
})

it('fails for a connection that does not end', async () => {
  const stuck = faulty({ sink: () => ({ closed: () => {} }), transport: () => ({ terminate: () => {} }) })
  const run = async (stage: Stage): Promise<void> => {
    await join(stage, stage.app())
  }
  await expect(play(run, stuck)).rejects.toThrow('sink.closed() never came for 1 transports')
})

it.each([
  [
    'closes twice',
    { sink: (s: Sink) => ({ closed: twice((...a: Closed) => s.closed(...a)) }) },
    'sink.closed() after sink.closed()',
  ],
  [
    'aborts after its answer',
    {
      handshake: (h: Shake) => ({
        onAbort: (callback: () => void) => void queueMicrotask(() => queueMicrotask(callback)),
        accept: h.accept.bind(h),
      }),
    },
    'the abort was told after accept()',
  ],
  ['throws', { transport: () => ({ ping: fail }) }, 'transport.ping() threw: Error: the socket is gone'],
  [
    'cannot pause',
    { transport: () => ({ pause: undefined, resume: undefined }) as object },
    'supports.pause is true, and the transport cannot',
  ],
])('fails for a transport that %s, though no application sees it', async (_, fault, problem) => {
  const run = async (stage: Stage): Promise<void> => {
    const app = stage.app({ heartbeat: { interval: 1_000, misses: 3 } })
    await join(stage, app)
    await stage.clock.advance(1_500).catch(() => {})
    for (const conn of app.connections) conn.terminate()
  }
  await expect(play(run, faulty(fault))).rejects.toThrow(problem)
})

it('needs no declaration of what a transport can do', () => {
  expect(Object.values(FULL_SUPPORT).every(Boolean)).toBe(true)
  expect(Object.entries(MEMORY_SUPPORT).filter(([, able]) => !able)).toEqual([['rawFrames', false]])
})

type Sink = Parameters<NonNullable<Parameters<typeof faulty>[0]['sink']>>[0]
type Shake = Parameters<NonNullable<Parameters<typeof faulty>[0]['handshake']>>[0]
type Closed = Parameters<Sink['closed']>

function twice<Args extends unknown[]>(call: (...args: Args) => void): (...args: Args) => void {
  return (...args) => {
    call(...args)
    call(...args)
  }
}

function fail(): never {
  throw new Error('the socket is gone')
}
