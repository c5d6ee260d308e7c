import { type Linkspan, type LinkspanOptions, type Logger, linkspan } from '@linkspan/core'
import { type ShutdownOptions, type ShutdownStep, shutdown } from '@linkspan/node'
import { memoryHost, type Peer, type TestHost, VirtualClock } from '@linkspan/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const nothing = (): void => {}
const never = (): Promise<never> => new Promise(nothing)
const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }
/** One that nobody else in a test's process listens to. */
const SIGNAL = 'SIGUSR2'

let clock: VirtualClock
let order: string[]
const hosts: TestHost[] = []
const disarming: (() => void)[] = []

beforeEach(() => {
  clock = new VirtualClock()
  order = []
})

afterEach(async () => {
  for (const disarm of disarming.splice(0)) disarm()
  for (const host of hosts.splice(0)) await host.close()
  vi.restoreAllMocks()
})

function make(options: LinkspanOptions = {}): Linkspan<{}> {
  return linkspan({ origin: '*', logger: SILENT, clock, ...options })
}

async function connect(app: Linkspan<unknown>, count: number): Promise<Peer[]> {
  const host = await memoryHost(app)
  hosts.push(host)
  return Promise.all(
    Array.from({ length: count }, async () => {
      const answer = await host.connect().answer
      if (!answer.upgraded) throw new Error(`refused with ${answer.status}`)
      return answer.peer
    }),
  )
}

function armed(options: ShutdownOptions) {
  const stopping = shutdown({ clock, logger: SILENT, signals: [SIGNAL], exit: false, ...options })
  disarming.push(() => stopping.disarm())
  return stopping
}

function signal(): void {
  process.emit(SIGNAL, SIGNAL)
}

/** Lets time pass, with a turn of the event loop at each end. */
async function pass(time: number): Promise<void> {
  await new Promise(setImmediate)
  await clock.advance(time)
  await new Promise(setImmediate)
}

const outcomes = (steps: readonly ShutdownStep[]) => steps.map(({ name, outcome }) => [name, outcome])

describe('a shutdown', () => {
  it('closes connections with 1012, then what they needed, then servers, and says so', async () => {
    const app = make().use((conn, next) => {
      conn.defer(async () => {
        await Promise.resolve()
        order.push('released')
      })
      return next()
    })
    const peers = await connect(app, 3)
    const stopping = armed({
      apps: [app],
      close: { broker: { close: async () => void order.push('broker') }, store: () => order.push('store') },
      servers: [{ close: () => order.push('server') }],
    })
    expect(stopping.begun).toBe(false)
    void stopping.begin()
    expect(stopping.begun).toBe(true)
    await pass(50)
    expect(await stopping.done).toEqual({
      clean: true,
      connections: { closed: 3, forced: 0 },
      errors: 0,
      steps: [
        { name: 'connections', duration: 50, outcome: 'done' },
        { name: 'close broker', duration: 0, outcome: 'done' },
        { name: 'close store', duration: 0, outcome: 'done' },
        { name: 'server', duration: 0, outcome: 'done' },
      ],
      duration: 50,
    })
    expect(await Promise.all(peers.map((peer) => peer.closed))).toEqual(
      Array(3).fill({ code: 1012, reason: 'restarting' }),
    )
    expect(order).toEqual(['released', 'released', 'released', 'broker', 'store', 'server'])
    expect(clock.pending).toBe(0)
  })

  it('refuses new upgrades with 503 and Retry-After while connections leave', async () => {
    const app = make().use((conn, next) => {
      conn.defer(() => new Promise((resolve) => void clock.setTimeout(resolve, 2_000)))
      return next()
    })
    await connect(app, 1)
    const stopping = armed({ apps: [app] })
    void stopping.begin()
    await pass(0)
    const answer = await hosts[0]?.connect().answer
    expect(answer).toMatchObject({ upgraded: false, status: 503, headers: { 'retry-after': '18' } })
    await pass(3_000)
    expect((await stopping.done).clean).toBe(true)
  })

  it('is begun once: every begin and every signal answers the same end', async () => {
    const app = make()
    const close = vi.fn()
    const stopping = armed({ apps: [app], close: [close] })
    const first = stopping.begin()
    expect(stopping.begin()).toBe(first)
    expect(stopping.done).toBe(first)
    signal()
    await pass(1_000)
    await first
    expect(await stopping.begin()).toBe(await first)
    expect(close).toHaveBeenCalledTimes(1)
  })

  it('tells clients what it is told to', async () => {
    const app = make()
    const [peer] = await connect(app, 1)
    const stopping = armed({ apps: [app], drain: { code: 1001, reason: 'moving', retryAfter: 7 } })
    void stopping.begin()
    const refused = await hosts[0]?.connect().answer
    expect(refused?.headers['retry-after']).toBe('7')
    await pass(1_000)
    expect(await peer?.closed).toEqual({ code: 1001, reason: 'moving' })
    await stopping.done
  })

  it('gives notice first: not ready, and still taking connections', async () => {
    const app = make()
    const stopping = armed({ apps: [app], notice: 5_000 })
    void stopping.begin()
    await pass(4_999)
    expect(app.draining).toBe(false)
    const [peer] = await connect(app, 1)
    await pass(1)
    expect(app.draining).toBe(true)
    await pass(1_000)
    expect(await peer?.closed).toMatchObject({ code: 1012 })
    const { steps } = await stopping.done
    expect(outcomes(steps)).toEqual([
      ['notice', 'done'],
      ['connections', 'done'],
    ])
  })

  it('ends several applications side by side', async () => {
    const apps = [make(), make()]
    for (const app of apps) await connect(app, 2)
    const stopping = armed({ apps })
    void stopping.begin()
    await pass(1_000)
    expect((await stopping.done).connections).toEqual({ closed: 4, forced: 0 })
  })

  it('begins at the end of the scope that `await using` names', async () => {
    const app = make()
    const stopping = armed({ apps: [app] })
    const disposed = stopping[Symbol.asyncDispose]()
    await pass(1_000)
    await disposed
    expect(app.draining).toBe(true)
  })
})

describe('what hangs or throws', () => {
  it('a release that hangs is given up in time, and the rest goes on', async () => {
    const app = make({ releaseTimeout: 60_000 }).use((conn, next) => {
      conn.defer(conn.request.query.has('hangs') ? never : nothing)
      return next()
    })
    await connect(app, 1)
    await hosts[0]?.connect({ path: '/?hangs' }).answer
    const stopping = armed({ apps: [app], close: { store: () => order.push('store') }, grace: 10_000 })
    void stopping.begin()
    await pass(7_999)
    expect(order).toEqual([])
    await pass(1)
    const report = await stopping.done
    expect(report.clean).toBe(false)
    expect(report.connections).toEqual({ closed: 1, forced: 1 })
    expect(report.steps).toMatchObject([
      { name: 'connections', outcome: 'forced', duration: 8_000 },
      { name: 'close store', outcome: 'done' },
    ])
  })

  it('one that the application gave up, or that threw, is an error of it, and not clean', async () => {
    const app = make({ releaseTimeout: 1_000 }).use((conn, next) => {
      conn.defer(never)
      conn.defer(() => {
        throw new Error('a bug')
      })
      return next()
    })
    await connect(app, 1)
    const stopping = armed({ apps: [app] })
    void stopping.begin()
    await pass(2_000)
    expect(await stopping.done).toMatchObject({
      clean: false,
      connections: { closed: 1, forced: 0 },
      errors: 2,
    })
  })

  it('a client that answers nothing is cut at its share of the grace period', async () => {
    const app = make({ closeTimeout: 60_000 })
    const peers = await connect(app, 2)
    for (const peer of peers) peer.answersClose = false
    const stopping = armed({ apps: [app], grace: 10_000 })
    void stopping.begin()
    await pass(5_980)
    expect(app.connections.size).toBe(2)
    await pass(20)
    expect(app.connections.size).toBe(0)
    expect(await stopping.done).toMatchObject({
      clean: false,
      connections: { closed: 0, forced: 2 },
      steps: [{ name: 'connections', outcome: 'forced' }],
    })
  })

  it('what `close` names has equal shares of what is left, and none stops the next', async () => {
    const failure = new Error('a bug')
    const stopping = armed({
      grace: 10_000,
      close: {
        hangs: never,
        throws: () => {
          throw failure
        },
        rejects: () => Promise.reject(failure),
        works: () => order.push('works'),
      },
    })
    void stopping.begin()
    await pass(2_375)
    const { clean, steps, duration } = await stopping.done
    expect(clean).toBe(false)
    expect(steps).toEqual([
      { name: 'close hangs', duration: 2_375, outcome: 'forced' },
      { name: 'close throws', duration: 0, outcome: 'failed', error: failure },
      { name: 'close rejects', duration: 0, outcome: 'failed', error: failure },
      { name: 'close works', duration: 0, outcome: 'done' },
    ])
    expect(duration).toBe(2_375)
    expect(order).toEqual(['works'])
  })

  it('everything hangs, and it still ends within the grace period', async () => {
    const app = make({ releaseTimeout: 60_000, closeTimeout: 60_000 }).use((conn, next) => {
      conn.defer(never)
      return next()
    })
    const [peer] = await connect(app, 1)
    if (peer) peer.answersClose = false
    const stopping = armed({
      apps: [app],
      notice: 1_000,
      grace: 11_000,
      close: [never, never],
      servers: [{ close: never }],
    })
    void stopping.begin()
    await pass(10_999)
    let over = false
    void stopping.done.then(() => {
      over = true
    })
    await pass(0)
    expect(over).toBe(false)
    await pass(1)
    const { steps, duration } = await stopping.done
    expect(duration).toBe(11_000)
    expect(outcomes(steps)).toEqual([
      ['notice', 'done'],
      ['connections', 'forced'],
      ['close never', 'forced'],
      ['close never', 'forced'],
      ['server', 'forced'],
    ])
  })

  it('onProgress hears of every step, and may throw', async () => {
    const heard: string[] = []
    const error = vi.fn()
    const stopping = armed({
      close: [nothing, () => {}],
      onProgress: ({ name }) => {
        heard.push(name)
        throw new Error('a bug')
      },
      logger: { ...SILENT, error },
    })
    await stopping.begin()
    expect(heard).toEqual(['close nothing', 'close 2'])
    expect(error.mock.calls).toEqual(
      ['close nothing', 'close 2'].map(() => [
        { event: 'observer.threw', observer: 'onProgress', err: new Error('a bug') },
        'linkspan: onProgress threw: it must not.',
      ]),
    )
  })

  it('the logger has one line of how it went', async () => {
    const [info, error] = [vi.fn(), vi.fn()]
    await armed({ close: [nothing], logger: { ...SILENT, info, error } }).begin()
    const broken = (): never => {
      throw new Error('redis://user:secret@host')
    }
    await armed({ close: { redis: broken }, logger: { ...SILENT, info, error } }).begin()
    const fields = { event: 'shutdown.ended', closed: 0, forced: 0, errors: 0, duration: 0 }
    expect(info.mock.calls).toEqual([
      [{ ...fields, steps: { 'close nothing': 'done' } }, 'linkspan: shut down'],
    ])
    expect(error.mock.calls).toEqual([
      [
        { ...fields, steps: { 'close redis': 'failed' } },
        'linkspan: shut down, not everything of it in order',
      ],
    ])
  })

  it('a logger that throws stops nothing either', async () => {
    const fail = (): never => {
      throw new Error('a bug')
    }
    const logger = { debug: fail, info: fail, warn: fail, error: fail }
    const stopping = armed({ close: [nothing], onProgress: fail, logger })
    expect((await stopping.begin()).clean).toBe(true)
  })
})

describe('signals', () => {
  it('the first one begins it; a repeat within a second is the same one', async () => {
    const app = make().use((conn, next) => {
      conn.defer(() => new Promise((resolve) => void clock.setTimeout(resolve, 5_000)))
      return next()
    })
    await connect(app, 1)
    const stopping = armed({ apps: [app] })
    signal()
    await pass(999)
    signal()
    signal()
    await pass(5_000)
    expect(await stopping.done).toMatchObject({ clean: true, connections: { closed: 1, forced: 0 } })
  })

  it('one after that forces the end: cuts, skips, and exits with 1', async () => {
    const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never)
    const app = make({ releaseTimeout: 60_000 }).use((conn, next) => {
      conn.defer(never)
      return next()
    })
    await connect(app, 2)
    const stopping = shutdown({
      apps: [app],
      clock,
      logger: SILENT,
      signals: [SIGNAL],
      close: { store: () => order.push('store') },
      servers: [{ close: () => order.push('server') }],
    })
    signal()
    await pass(1_000)
    signal()
    const { clean, connections, steps } = await stopping.done
    expect({ clean, connections }).toEqual({ clean: false, connections: { closed: 0, forced: 2 } })
    expect(outcomes(steps)).toEqual([
      ['connections', 'forced'],
      ['close store', 'skipped'],
      ['server', 'skipped'],
    ])
    // A server that stays open would keep a process that does not exit.
    expect(order).toEqual(['server'])
    await pass(0)
    expect(exit.mock.calls).toEqual([[1]])
  })

  it('with `force: false` no number of them does', async () => {
    const app = make().use((conn, next) => {
      conn.defer(() => new Promise((resolve) => void clock.setTimeout(resolve, 5_000)))
      return next()
    })
    await connect(app, 1)
    const stopping = armed({ apps: [app], force: false })
    signal()
    await pass(4_000)
    signal()
    await pass(2_000)
    expect((await stopping.done).clean).toBe(true)
  })

  it('a forced end during the notice cuts connections that were never asked to close', async () => {
    const app = make()
    const [peer] = await connect(app, 1)
    const stopping = armed({ apps: [app], notice: 10_000, force: 0 })
    signal()
    await pass(10)
    signal()
    expect((await stopping.done).connections).toEqual({ closed: 0, forced: 1 })
    expect(await peer?.closed).toMatchObject({ code: undefined })
    expect(clock.pending).toBe(0)
  })

  it('exits with 0 after a clean end that a signal began, once those who wait for it have heard', async () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => order.push('exit') as never)
    const stopping = shutdown({ clock, logger: SILENT, signals: [SIGNAL] })
    void stopping.done.then(() => order.push('heard'))
    signal()
    await pass(0)
    await pass(0)
    expect(order).toEqual(['heard', 'exit'])
    expect(exit).toHaveBeenCalledWith(0)
  })

  it('never exits when it was begun by a call, unless asked to', async () => {
    const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never)
    await shutdown({ clock, logger: SILENT, signals: [] }).begin()
    await pass(0)
    expect(exit).not.toHaveBeenCalled()
    await shutdown({ clock, logger: SILENT, signals: [], exit: true }).begin()
    await pass(0)
    expect(exit.mock.calls).toEqual([[0]])
  })

  it('a signal after a call joins it, and makes the process exit', async () => {
    const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never)
    const app = make()
    await connect(app, 1)
    const stopping = shutdown({ apps: [app], clock, logger: SILENT, signals: [SIGNAL] })
    void stopping.begin()
    signal()
    await pass(1_000)
    expect((await stopping.done).clean).toBe(true)
    await pass(0)
    expect(exit.mock.calls).toEqual([[0]])
  })

  it('handlers go with disarm(), and when it is over', async () => {
    const before = process.listenerCount(SIGNAL)
    const one = armed({})
    expect(process.listenerCount(SIGNAL)).toBe(before + 1)
    one.disarm()
    expect(process.listenerCount(SIGNAL)).toBe(before)
    await armed({}).begin()
    expect(process.listenerCount(SIGNAL)).toBe(before)
  })

  it('SIGTERM and SIGINT are listened to by default', () => {
    const counts = () => [process.listenerCount('SIGTERM'), process.listenerCount('SIGINT')] as const
    const [term, int] = counts()
    const stopping = shutdown({})
    expect(counts()).toEqual([term + 1, int + 1])
    stopping.disarm()
    expect(counts()).toEqual([term, int])
  })
})

describe('options', () => {
  it.each([
    ['grace', { grace: 0 }],
    ['grace', { grace: 2 ** 31 }],
    ['grace', { grace: 1.5 }],
    ['notice', { notice: -1 }],
    ['notice', { grace: 1_000, notice: 1_000 }],
    ['force', { force: -1 }],
    ['drain.code', { drain: { code: 1000 } }],
    ['drain.retryAfter', { drain: { retryAfter: 0.5 } }],
  ] as const)('%s out of its range throws, and listens to nothing', (name, options) => {
    const before = process.listenerCount('SIGTERM')
    expect(() => shutdown(options)).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_OPTION', message: expect.stringContaining(name) }),
    )
    expect(process.listenerCount('SIGTERM')).toBe(before)
  })
})
