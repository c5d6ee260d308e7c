import { describe, expect, it } from 'vitest'
import { adaptive } from '../src/adaptive.js'
import { type HeartbeatOptions, type HeartbeatPolicy, MeasuredLine, paces } from '../src/pace.js'
import { HandshakeRequest } from '../src/request.js'
import { connected } from './connected.js'
import { Bench } from './fake.js'

const { lan, mobile, highLatency } = paces

function request(headers: Record<string, string> = {}, url = '/'): HandshakeRequest {
  return new HandshakeRequest({ url, headers, address: '192.0.2.7' })
}

describe('the pace that an adaptive heartbeat begins with', () => {
  const { begin } = adaptive()

  it.each<[string, Record<string, string>, HeartbeatOptions]>([
    ['no hint', {}, lan],
    ['a long round trip', { rtt: '650' }, highLatency],
    ['a short round trip', { rtt: '50' }, lan],
    ['no number', { rtt: 'soon' }, lan],
    ['slow-2g', { ect: 'slow-2g' }, highLatency],
    ['2g', { ect: '2g' }, highLatency],
    ['3g', { ect: '3g' }, mobile],
    ['4g', { ect: '4g' }, lan],
    ['a wish to save data', { 'save-data': 'on' }, mobile],
    ['no wish to save data', { 'save-data': 'off' }, lan],
  ])('after %s', (_, headers, pace) => {
    expect(begin(request(headers))).toBe(pace)
  })

  it('is the one the client names, where that is asked for', () => {
    const asked = adaptive({ hint: 'network' })
    expect(asked.begin(request({}, '/?network=mobile'))).toBe(mobile)
    expect(asked.begin(request({ ect: '2g' }, '/?network=lan'))).toBe(lan)
    expect(asked.begin(request({}, '/?network=constructor'))).toBe(lan)
    expect(asked.begin(request({}, '/'))).toBe(lan)
    expect(begin(request({}, '/?network=mobile'))).toBe(lan)
  })

  it('may be another one', () => {
    const start = { interval: 5_000, misses: 2 }
    const policy = adaptive({ start })
    expect(policy.begin(request())).toBe(start)
    expect(policy.paces).toEqual([start, lan, mobile, highLatency])
    expect(adaptive({ start: mobile }).paces).toHaveLength(3)
  })
})

/** Lets a policy see pings, and answers the paces that it has moved to. */
function moves(line: MeasuredLine, pings: readonly (number | 'lost')[]): string[] {
  const { adjust } = adaptive()
  const moved: string[] = []
  for (const ping of pings) {
    if (ping === 'lost') line.missed()
    else line.answered(ping)
    const pace = adjust?.(line) as HeartbeatOptions
    if (pace !== line.pace) moved.push(pace.name as string)
    line.pace = pace
  }
  return moved
}

const times = <Ping>(count: number, ping: Ping): Ping[] => Array.from({ length: count }, () => ping)

describe('an adaptive heartbeat', () => {
  it('stays where the network does', () => {
    expect(moves(new MeasuredLine(lan), times(50, 20))).toEqual([])
    expect(moves(new MeasuredLine(lan), [30, 25, 40, 35, 60, 20, 30])).toEqual([])
  })

  it('does not move before anything is measured', () => {
    expect(adaptive().adjust?.(new MeasuredLine(highLatency))).toBe(highLatency)
  })

  it('becomes patient where pings get lost, and goes back only long after', () => {
    const line = new MeasuredLine(lan)
    expect(moves(line, [20, 'lost', 20])).toEqual(['mobile'])
    expect(moves(line, times(6, 20))).toEqual([])
    expect(moves(line, times(20, 20))).toEqual(['lan'])
  })

  it('becomes patient where round trips differ much', () => {
    const line = new MeasuredLine(lan)
    expect(moves(line, [20, 500, 20, 700])).toEqual(['mobile'])
    expect(moves(line, times(40, 20)).at(-1)).toBe('lan')
  })

  it('pings seldom where round trips are long', () => {
    const line = new MeasuredLine(lan)
    expect(moves(line, times(5, 900))).toEqual(['highLatency'])
    expect(moves(line, times(3, 700))).toEqual([])
    expect(moves(line, times(80, 100)).at(-1)).toBe('lan')
  })

  it('does not swing at the border', () => {
    const line = new MeasuredLine(lan)
    expect(
      moves(
        line,
        Array.from({ length: 100 }, (_, index) => (index % 2 ? 590 : 610)),
      ),
    ).toHaveLength(1)
  })
})

describe('the heartbeat of a connection', () => {
  it('is told', async () => {
    const { conn } = await connected({ heartbeat: paces.mobile })
    expect(conn.heartbeat).toEqual({
      name: 'mobile',
      interval: 15_000,
      misses: 5,
      rtt: undefined,
      jitter: undefined,
      loss: undefined,
    })
  })

  it('has a name of its own, and what was measured', async () => {
    const { bench, conn, transport } = await connected({ heartbeat: { interval: 1_000, misses: 2 } })
    await bench.clock.advance(1_000)
    await bench.clock.advance(30)
    transport.sink.pong()
    expect(conn.heartbeat).toMatchObject({ name: 'custom', rtt: 30 })
    conn.terminate()
    expect(conn.heartbeat).toBeUndefined()
  })

  it('is none where there is none', async () => {
    expect((await connected({ heartbeat: false })).conn.heartbeat).toBeUndefined()
  })

  it('moves with the network, and says so', async () => {
    const { bench, conn, transport } = await connected({ heartbeat: adaptive() })
    expect(conn.heartbeat?.name).toBe('lan')
    await bench.clock.advance(60_200)
    expect(transport.count('ping')).toBe(2)
    transport.sink.pong()
    expect(conn.heartbeat).toMatchObject({ name: 'mobile', interval: 15_000 })
    expect(conn.heartbeat?.loss).toBeGreaterThan(0.1)
    expect(bench.of('heartbeat')).toEqual([{ from: lan, to: mobile }])
    await bench.clock.advance(30_200 + 15_200)
    expect(transport.count('ping')).toBe(4)
  })

  it('stays as it was where the policy throws, or answers a pace of which it had not told', async () => {
    const policy: HeartbeatPolicy = {
      paces: [lan],
      begin: () => mobile,
      adjust: () => {
        throw new Error('no idea')
      },
    }
    const { bench, conn, transport } = await connected({ heartbeat: policy })
    expect(conn.heartbeat?.name).toBe('lan')
    await bench.clock.advance(30_100)
    transport.sink.pong()
    expect(conn.heartbeat?.name).toBe('lan')
    expect(bench.errors).toEqual(['LINKSPAN_OPTION', 'LINKSPAN_MIDDLEWARE'])
  })
})

describe('a proxy in front', () => {
  it.each([
    [
      'whose patience is shorter than the interval',
      { heartbeat: paces.highLatency, proxyIdleTimeout: 60_000 },
      60_000,
    ],
    [
      'whose patience is shorter than one of the intervals',
      { heartbeat: adaptive(), proxyIdleTimeout: 45_000 },
      60_000,
    ],
    ['where there is no heartbeat', { heartbeat: false as const, proxyIdleTimeout: 60_000 }, Infinity],
  ])('%s is warned of', (_, options, interval) => {
    const { logged } = Bench.open(options)
    expect(logged).toEqual([
      {
        level: 'warn',
        fields: { event: 'proxy.timeout', interval, proxyIdleTimeout: options.proxyIdleTimeout },
        message: expect.stringContaining('proxy') as string,
      },
    ])
  })

  it('that waits long enough is no news', () => {
    expect(Bench.open({ heartbeat: paces.lan, proxyIdleTimeout: 60_000 }).logged).toEqual([])
  })
})

describe('detection of a dead peer', () => {
  it.each([
    ['lan', lan, 120_000],
    ['mobile', mobile, 90_000],
    ['highLatency', highLatency, 180_000],
  ])('takes what is published for %s', async (_, heartbeat, published) => {
    const { bench, conn } = await connected({ heartbeat })
    await bench.clock.advance(published - 1)
    expect(conn.state).toBe('active')
    // As much as the wheel may be late, a tick for each interval.
    await bench.clock.advance((heartbeat.misses + 2) * (heartbeat.interval / 512 + 1))
    expect(conn.state).toBe('closing')
  })
})
