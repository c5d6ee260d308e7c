import { describe, expect, it } from 'vitest'
import { whole } from '../src/option-checks.js'
import { type LinkspanOptions, resolveOptions } from '../src/options.js'
import { systemClock } from '../src/ports/clock.js'
import { consoleLogger } from '../src/ports/logger.js'
import { FakeClock } from './fake-clock.js'

const refused = (message: string): unknown => expect.objectContaining({ code: 'LINKSPAN_OPTION', message })

describe('without a word of configuration', () => {
  it('every default is the documented one', () => {
    const { origin, heartbeat, ...rest } = resolveOptions({})
    expect(rest).toEqual({
      name: 'linkspan',
      protocols: [],
      requireProtocol: false,
      handshakeTimeout: 3_000,
      maxPayload: 65_536,
      compressionThreshold: undefined,
      proxyIdleTimeout: undefined,
      closeTimeout: 5_000,
      releaseTimeout: 10_000,
      inbox: { messages: 256, bytes: 1_048_576 },
      outbox: { bytes: 1_048_576, overflow: 'close' },
      maxConnections: Infinity,
      refuse: 'quietly',
      scope: undefined,
      context: undefined,
      alert: undefined,
      broker: undefined,
      cluster: {
        node: undefined,
        version: '',
        beat: 2_000,
        lease: 6_000,
        interestGrace: 5_000,
        buffer: 1_048_576,
        timeout: 5_000,
      },
      recorder: undefined,
      clock: systemClock,
      logger: consoleLogger,
      log: {
        levels: {
          'connection.opened': 'debug',
          'connection.refused': 'info',
          'connection.aborted': 'info',
          'connection.closed': 'info',
          'drain.began': 'info',
          'drain.ended': 'info',
          'broker.up': 'info',
          'broker.degraded': 'warn',
          'broker.down': 'warn',
          'broker.gap': 'warn',
          'node.joined': 'info',
          'node.left': 'info',
          'proxy.timeout': 'warn',
          error: 'error',
        },
        faults: 'warn',
        perSecond: 100,
      },
    })
    expect(origin).toBeTypeOf('function')
    expect(heartbeat?.paces).toEqual([{ name: 'lan', interval: 30_000, misses: 3 }])
  })
})

describe('what is given', () => {
  it('is taken', () => {
    const clock = new FakeClock()
    const logger = { ...consoleLogger }
    const scope = (): string => 'acme'
    const context = {
      capture:
        () =>
        (callback: (...args: never[]) => unknown, ...args: never[]) =>
          callback(...args),
    }
    const given = {
      name: 'chat',
      protocols: ['v2', 'v1'],
      requireProtocol: true,
      handshakeTimeout: 1,
      maxPayload: 2,
      closeTimeout: 3,
      releaseTimeout: 4,
      proxyIdleTimeout: 9,
      inbox: { messages: 5, bytes: 6 },
      outbox: { bytes: 7, overflow: 'drop-oldest' },
      maxConnections: 8,
      refuse: 'visibly',
      clock,
      logger,
      scope,
    } as const
    const heartbeat = { interval: 10, misses: 1 }
    const resolved = resolveOptions({
      ...given,
      heartbeat,
      context: context as unknown as NonNullable<LinkspanOptions['context']>,
    })
    expect(resolved).toMatchObject(given)
    expect(resolved.heartbeat?.paces).toEqual([heartbeat])
    expect(resolved).toMatchObject({ clock, logger, scope, context })
  })

  it('of an object in part leaves the rest of it at its default', () => {
    expect(resolveOptions({ inbox: { messages: 1 } }).inbox).toEqual({ messages: 1, bytes: 1_048_576 })
    expect(resolveOptions({ inbox: { bytes: 1 } }).inbox).toEqual({ messages: 256, bytes: 1 })
    expect(resolveOptions({ outbox: { bytes: 1 } }).outbox).toEqual({ bytes: 1, overflow: 'close' })
    expect(resolveOptions({ outbox: { overflow: 'drop-newest' } }).outbox).toEqual({
      bytes: 1_048_576,
      overflow: 'drop-newest',
    })
  })

  it('turns the heartbeat off', () => {
    expect(resolveOptions({ heartbeat: false }).heartbeat).toBeUndefined()
  })

  it.each([
    [false, undefined],
    [true, 1_024],
    [{ threshold: 0 }, 0],
    [{ threshold: 4_096 }, 4_096],
  ])('as compression %j compresses from %s bytes on', (compression, threshold) => {
    expect(resolveOptions({ compression }).compressionThreshold).toBe(threshold)
  })

  it('may refuse everybody', () => {
    expect(resolveOptions({ maxConnections: 0 }).maxConnections).toBe(0)
  })
})

describe('what cannot be meant', () => {
  const MAX_DELAY = 2 ** 31 - 1
  const ranges: readonly (readonly [string, number, number, (value: number) => LinkspanOptions])[] = [
    ['handshakeTimeout', 1, MAX_DELAY, (handshakeTimeout) => ({ handshakeTimeout })],
    ['maxPayload', 1, MAX_DELAY, (maxPayload) => ({ maxPayload })],
    ['closeTimeout', 1, MAX_DELAY, (closeTimeout) => ({ closeTimeout })],
    ['releaseTimeout', 1, MAX_DELAY, (releaseTimeout) => ({ releaseTimeout })],
    ['heartbeat.interval', 10, MAX_DELAY, (interval) => ({ heartbeat: { interval, misses: 1 } })],
    ['heartbeat.misses', 1, 1_000, (misses) => ({ heartbeat: { interval: 10, misses } })],
    ['compression.threshold', 0, MAX_DELAY, (threshold) => ({ compression: { threshold } })],
    ['inbox.messages', 1, MAX_DELAY, (messages) => ({ inbox: { messages } })],
    ['inbox.bytes', 1, Number.MAX_SAFE_INTEGER, (bytes) => ({ inbox: { bytes } })],
    ['outbox.bytes', 1, Number.MAX_SAFE_INTEGER, (bytes) => ({ outbox: { bytes } })],
    ['maxConnections', 0, Number.MAX_SAFE_INTEGER, (maxConnections) => ({ maxConnections })],
  ]

  describe.each(ranges)('%s takes a whole number from %d to %d', (name, least, most, options) => {
    it.each([least, most])('such as %d', (value) => {
      expect(() => resolveOptions(options(value))).not.toThrow()
    })

    it.each([least - 1, least + 0.5, Number.NaN, -Infinity])('but not %d', (value) => {
      const message = `${name} takes a whole number from ${least} to ${most}, not ${value}.`
      expect(() => resolveOptions(options(value))).toThrow(refused(message))
    })

    it('and no string', () => {
      expect(() => resolveOptions(options('10' as unknown as number))).toThrow(
        refused(`${name} takes a whole number from ${least} to ${most}, not '10'.`),
      )
    })
  })

  // It means something to maxConnections alone.
  const endless = ranges.filter(([name]) => name !== 'maxConnections')
  it.each(endless)('is Infinity as %s', (name, least, most, options) => {
    expect(() => resolveOptions(options(Infinity))).toThrow(
      refused(`${name} takes a whole number from ${least} to ${most}, not Infinity.`),
    )
  })

  it('is an overflow policy of another name', () => {
    expect(() => resolveOptions({ outbox: { overflow: 'block' as 'close' } })).toThrow(
      refused("outbox.overflow takes one of 'close', 'drop-newest', 'drop-oldest', not 'block'."),
    )
  })

  it('is a way to refuse of another name', () => {
    expect(() => resolveOptions({ refuse: 'loudly' as 'visibly' })).toThrow(
      refused("refuse takes one of 'quietly', 'visibly', not 'loudly'."),
    )
  })

  it.each([[['v1', 'v1']], [['a b']], [['']], [['a,b']], [['v1\r\nx: y']]])(
    'are the subprotocols %j',
    (protocols) => {
      expect(() => resolveOptions({ protocols })).toThrow(
        refused('protocols takes distinct tokens, as RFC 6455 §4.1 has them.'),
      )
    },
  )

  it('is a subprotocol that is required and not there', () => {
    expect(() => resolveOptions({ requireProtocol: true })).toThrow(
      refused('requireProtocol needs protocols to require one of.'),
    )
  })

  it('is an origin that is none', () => {
    expect(() => resolveOptions({ origin: ['app.example'] })).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_OPTION' }),
    )
  })
})

describe('a whole number in its range', () => {
  it('is answered as it is', () => {
    expect(whole('grace', 7, 7, 7)).toBe(7)
  })
})
