import { describe, expect, it } from 'vitest'
import type { CloseInfo } from '../src/close.js'
import { ProtocolViolation } from '../src/ports/transport.js'
import { connected } from './connected.js'
import { Bench, type Pair } from './fake.js'
import { turn } from './fake-clock.js'

describe('how a connection ended', () => {
  const scenarios: readonly (readonly [string, (pair: Pair<{}>) => void, Omit<CloseInfo, 'duration'>])[] = [
    [
      'we closed, and the peer answered',
      ({ conn, transport }) => {
        conn.close(4001, 'revoked')
        transport.closed(4001, 'revoked')
      },
      { code: 4001, reason: 'revoked', by: 'server', clean: true, wireCode: 4001 },
    ],
    [
      'we closed, and the network lost the answer',
      ({ conn, transport }) => {
        conn.close(4001, 'revoked')
        transport.closed(1006)
      },
      { code: 4001, reason: 'revoked', by: 'server', clean: false, wireCode: 4001 },
    ],
    [
      'we closed without a word',
      ({ conn, transport }) => {
        conn.close()
        transport.closed(1000)
      },
      { code: 1000, reason: '', by: 'server', clean: true, wireCode: 1000 },
    ],
    [
      'we closed twice: the first counts',
      ({ conn, transport }) => {
        conn.close(4001, 'first')
        conn.close(4002, 'second')
        transport.closed(4001)
      },
      { code: 4001, reason: 'first', by: 'server', clean: true, wireCode: 4001 },
    ],
    [
      'we closed with more than fits',
      ({ conn, transport }) => {
        conn.close(4000, '€'.repeat(100))
        transport.closed(4000)
      },
      { code: 4000, reason: '€'.repeat(41), by: 'server', clean: true, wireCode: 4000 },
    ],
    [
      'we terminated',
      ({ conn, transport }) => {
        conn.terminate()
        transport.closed(1006)
      },
      { code: 1006, reason: '', by: 'server', clean: false, wireCode: undefined },
    ],
    [
      'we closed and lost patience: the reason stays',
      ({ conn, transport }) => {
        conn.close(4000, 'bye')
        conn.terminate()
        transport.closed(1006)
      },
      { code: 4000, reason: 'bye', by: 'server', clean: false, wireCode: 4000 },
    ],
    [
      'the peer closed',
      ({ transport }) => transport.closed(1001, 'going away'),
      { code: 1001, reason: 'going away', by: 'peer', clean: true, wireCode: 1001 },
    ],
    [
      'the peer closed without a code',
      ({ transport }) => transport.closed(1005),
      { code: 1005, reason: '', by: 'peer', clean: true, wireCode: 1005 },
    ],
    [
      'the peer closed, and we did too late',
      ({ conn, transport }) => {
        transport.closed(1001)
        conn.close(4000)
      },
      { code: 1001, reason: '', by: 'peer', clean: true, wireCode: 1001 },
    ],
    [
      'the network lost it',
      ({ transport }) => transport.closed(1006, '', new Error('ECONNRESET')),
      { code: 1006, reason: '', by: 'network', clean: false, wireCode: undefined },
    ],
    [
      'the peer broke the protocol, and was told',
      ({ transport }) => transport.closed(1006, '', new ProtocolViolation(1009, true)),
      { code: 1009, reason: '', by: 'server', clean: false, wireCode: 1009 },
    ],
    [
      'the peer broke the protocol, and was cut off',
      ({ transport }) => transport.closed(1006, '', new ProtocolViolation(1002, false)),
      { code: 1002, reason: '', by: 'server', clean: false, wireCode: undefined },
    ],
    [
      'we closed, and the peer answered with nonsense',
      ({ conn, transport }) => {
        conn.close(4000)
        transport.closed(1006, '', new ProtocolViolation(1002, true))
      },
      { code: 4000, reason: '', by: 'server', clean: false, wireCode: 4000 },
    ],
  ]

  it.each(scenarios)('when %s', async (_, happen, expected) => {
    const { bench, ...pair } = await connected()
    happen(pair)
    await turn()
    expect(bench.end).toEqual({ ...expected, duration: 0 })
    expect(await pair.conn.closed).toBe(bench.end)
    expect(Object.isFrozen(bench.end)).toBe(true)
    expect(pair.conn.state).toBe('closed')
    expect(bench.app.connections.size).toBe(0)
    expect(bench.clock.pending).toBe(0)
  })

  it('when it was refused', async () => {
    const bench = Bench.open({ origin: ['https://app.example'] })
    bench.arrive({ headers: { origin: 'https://evil.example' } })
    expect(bench.end).toEqual({
      code: 4003,
      reason: 'this origin may not connect',
      by: 'server',
      clean: false,
      duration: 0,
      wireCode: undefined,
    })
  })

  it('when a peer does not answer our close frame: at closeTimeout the socket is cut', async () => {
    const { bench, conn, transport } = await connected({ closeTimeout: 500 })
    conn.close(4000)
    await bench.clock.advance(499)
    expect(transport.count('terminate')).toBe(0)
    await bench.clock.advance(1)
    expect(transport.count('terminate')).toBe(1)
    expect(bench.end).toMatchObject({ code: 4000, clean: false, wireCode: 4000, duration: 500 })
    transport.closed(1006)
    await turn()
    expect(bench.of('close')).toHaveLength(1)
  })

  it('when even the cut is not answered: nothing is waited for', async () => {
    const { bench, conn } = await connected({ closeTimeout: 500 })
    conn.terminate()
    await bench.clock.advance(500)
    expect(bench.end).toMatchObject({ code: 1006, by: 'server' })
    expect(bench.clock.pending).toBe(0)
  })

  it('took from the arrival of the upgrade to the end of the socket, whatever runs on', async () => {
    let release = (): void => {}
    const bench = Bench.open().with((app) =>
      app.use(async (_conn, next) => {
        await turn()
        return next()
      }),
    )
    bench.app.message(
      () =>
        new Promise<void>((resolve) => {
          release = resolve
        }),
    )
    await bench.clock.advance(70)
    const pair = bench.connect()
    await bench.clock.advance(0)
    await bench.clock.advance(30)
    const { transport } = await pair
    transport.receive('work')
    transport.closed(1001)
    await bench.clock.advance(1_000)
    expect(bench.of('close')).toEqual([])
    release()
    await turn()
    expect(bench.end.duration).toBe(30)
  })

  it('is told exactly once, whatever comes after', async () => {
    const { bench, conn, transport } = await connected()
    transport.closed(1001)
    await turn()
    transport.sink.closed(1006, '')
    transport.sink.message(new Uint8Array(1), true)
    transport.sink.drain()
    transport.sink.ping()
    transport.sink.pong()
    conn.close()
    conn.terminate()
    await bench.clock.advance(60_000)
    expect(bench.of('close')).toHaveLength(1)
    expect(bench.of('transition').at(-1)).toEqual({ from: 'closing', to: 'closed' })
  })
})
