import { type LoadSheddingOptions, type LoadSheddingStats, loadShedding } from '@linkspan/guard'
import { describe, expect, it } from 'vitest'
import { leave, type Stage, stage } from './from-address.js'

const HERE = '192.0.2.1'

/** An application under a load that the test makes up. */
async function loaded(options: LoadSheddingOptions) {
  const staged = await stage()
  const load = { eventLoopDelay: 0, heapUsed: 0 }
  const shedder = loadShedding({ load: { read: () => load }, ...options })
  staged.app.use(shedder)
  return { ...staged, load, shedder }
}

async function status({ attempt }: Stage, path?: string): Promise<number> {
  const answer = await attempt(HERE, path).answer
  return answer.upgraded ? 101 : answer.status
}

describe('loadShedding', () => {
  it('refuses from a threshold of the event loop on: 200 ms, or as it is told', async () => {
    const usual = await loaded({})
    usual.load.eventLoopDelay = 199.9
    expect(await status(usual)).toBe(101)
    usual.load.eventLoopDelay = 200
    expect(await status(usual)).toBe(503)
    const told = await loaded({ eventLoopDelay: 50 })
    told.load.eventLoopDelay = 50
    expect(await status(told)).toBe(503)
  })

  it('refuses from a threshold of the heap on: 90 percent, or as it is told', async () => {
    const usual = await loaded({})
    usual.load.heapUsed = 0.89
    expect(await status(usual)).toBe(101)
    usual.load.heapUsed = 0.9
    expect(await status(usual)).toBe(503)
    const told = await loaded({ heapUsed: 0.5 })
    told.load.heapUsed = 0.5
    expect(await status(told)).toBe(503)
  })

  it('refuses from a number of connections on, with nothing to measure them', async () => {
    const staged = await stage()
    const shedder = loadShedding({ connections: 5 })
    staged.app.use(shedder)
    const peers = [await staged.connect(HERE), await staged.connect(HERE)]
    for (let i = 0; i < 3; i += 1) await staged.connect(HERE)
    expect(await status(staged)).toBe(503)
    expect(shedder.stats()).toMatchObject({ shedding: 'all', pressure: 100, connections: 5 })
    for (const peer of peers) await leave(staged.app, peer)
    expect(await status(staged)).toBe(101)
    expect(shedder.stats()).toMatchObject({
      shedding: 'none',
      connections: 4,
      totals: { admitted: 6, refused: 1 },
    })
  })

  it('ends to refuse only when the pressure has fallen to a share of where it was', async () => {
    const it = await loaded({ eventLoopDelay: 100, recovery: 0.5 })
    const seen: number[] = []
    for (const delay of [100, 99, 101, 60, 51, 50, 49, 99]) {
      it.load.eventLoopDelay = delay
      seen.push(await status(it))
    }
    expect(seen).toEqual([503, 503, 503, 503, 503, 503, 101, 101])
  })

  it('lets those who matter in longer', async () => {
    const it = await loaded({
      eventLoopDelay: 100,
      priority: (conn) => Number(conn.request.query.get('priority')),
    })
    const letIn = async (delay: number) => {
      it.load.eventLoopDelay = delay
      const priorities = [0, 0.5, 1]
      const answers = await Promise.all(priorities.map((priority) => status(it, `/?priority=${priority}`)))
      return priorities.filter((_, index) => answers[index] === 101)
    }
    expect(await letIn(79)).toEqual([0, 0.5, 1])
    expect(await letIn(80)).toEqual([0.5, 1])
    expect(it.shedder.stats()).toMatchObject({ shedding: 'some', pressure: 80 })
    expect(await letIn(90)).toEqual([1])
    expect(await letIn(100)).toEqual([])
    expect(it.shedder.stats()).toMatchObject({ shedding: 'all', pressure: 100 })
    expect(await letIn(75)).toEqual([1])
    expect(await letIn(60)).toEqual([0, 0.5, 1])
  })

  it('takes what is no priority for the least, and more than 1 for 1', async () => {
    const it = await loaded({
      eventLoopDelay: 100,
      priority: (conn) => Number(conn.request.query.get('priority')),
    })
    it.load.eventLoopDelay = 90
    expect(await status(it, '/?priority=what')).toBe(503)
    expect(await status(it, '/?priority=-3')).toBe(503)
    expect(await status(it, '/?priority=7')).toBe(101)
  })

  it('asks for a priority under pressure only', async () => {
    let asked = 0
    const it = await loaded({
      priority: () => {
        asked += 1
        return 1
      },
    })
    await status(it)
    expect(asked).toBe(0)
    it.load.heapUsed = 0.8
    await status(it)
    expect(asked).toBe(1)
  })

  it('spreads the return of those it refuses', async () => {
    const { refusal, load } = await loaded({ retryAfter: 2 })
    load.heapUsed = 1
    const waits: (string | undefined)[] = []
    for (let i = 0; i < 6; i += 1) waits.push((await refusal(HERE)).headers['retry-after'])
    expect(waits).toEqual(['3', '4', '2', '3', '4', '2'])
  })

  it('tells when it begins and ends to refuse, once each', async () => {
    const told: LoadSheddingStats[] = []
    const it = await loaded({ heapUsed: 0.5, priority: () => 1, onChange: (stats) => told.push(stats) })
    for (const used of [0.1, 0.42, 0.43, 0.5, 0.49, 0.6, 0.1, 0.2]) {
      it.load.heapUsed = used
      await status(it)
    }
    expect(told.map(({ shedding, pressure }) => [shedding, pressure])).toEqual([
      ['some', 84],
      ['all', 100],
      ['none', 20],
    ])
  })

  it('looks anew when it is asked for its statistics', async () => {
    const told: string[] = []
    const { load, shedder } = await loaded({ onChange: ({ shedding }) => told.push(shedding) })
    load.heapUsed = 0.95
    expect(shedder.stats()).toEqual({
      shedding: 'all',
      pressure: 106,
      level: 106,
      connections: 0,
      totals: { admitted: 0, refused: 0 },
    })
    load.heapUsed = 0.1
    expect(shedder.stats()).toMatchObject({ shedding: 'none', pressure: 11, level: 14 })
    expect(told).toEqual(['all', 'none'])
  })

  it('lets nobody in or out for an observer that throws, and reports it', async () => {
    const errors: string[] = []
    const it = await loaded({
      onChange: () => {
        throw new Error('the pager is broken')
      },
    })
    it.app.on('error', (error) => errors.push(String((error.cause as Error).message)))
    it.load.heapUsed = 1
    expect(await status(it)).toBe(503)
    expect(errors).toEqual(['the pager is broken'])
  })

  it('counts a connection until it is gone, whatever became of it', async () => {
    const { app, attempt, connect, shedder } = await loaded({})
    app.use((conn, next) => (conn.request.path === '/no' ? conn.reject({ status: 404 }) : next()))
    const peer = await connect(HERE)
    expect(await status({ attempt } as Stage, '/no')).toBe(404)
    expect(shedder.stats().connections).toBe(1)
    await leave(app, peer)
    expect(shedder.stats()).toMatchObject({ connections: 0, totals: { admitted: 2, refused: 0 } })
  })

  it.each([
    { eventLoopDelay: Number.NaN, heapUsed: 0 },
    { eventLoopDelay: 0, heapUsed: -1 / 0 },
  ])('reports a load that measures nothing: %o', async (broken) => {
    const { app, attempt } = await stage()
    const errors: string[] = []
    app.on('error', ({ code }) => errors.push(code))
    app.use(loadShedding({ load: { read: () => broken } }))
    expect(await status({ attempt } as Stage)).toBe(500)
    expect(errors).toEqual(['LINKSPAN_OPTION'])
  })

  it.each<[string, LoadSheddingOptions]>([
    ['a load, connections, or both', {}],
    ['need a load', { eventLoopDelay: 100, connections: 5 }],
    ['need a load', { heapUsed: 0.5, connections: 5 }],
    ['connections', { connections: 0 }],
    ['heapUsed', { heapUsed: 1.1 }],
    ['eventLoopDelay', { eventLoopDelay: 0 }],
    ['recovery', { connections: 5, recovery: 0 }],
    ['reserve', { connections: 5, priority: () => 1, reserve: 2 }],
    ['retryAfter', { connections: 5, retryAfter: -1 }],
  ])('refuses what cannot be meant: %s', (message, options) => {
    expect(() => loadShedding(options)).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_OPTION', message: expect.stringContaining(message) }),
    )
  })
})
