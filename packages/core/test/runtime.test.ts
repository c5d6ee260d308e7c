import { describe, expect, it, vi } from 'vitest'
import type { Connection } from '../src/connection.js'
import { LinkspanError, wrap } from '../src/errors.js'
import { type LinkspanOptions, resolveOptions } from '../src/options.js'
import { Runtime } from '../src/runtime.js'
import { FakeClock } from './fake-clock.js'

const conn = {
  id: 'c1',
  identity: { subject: 'ada', tenant: 'acme' },
  via: 'ws',
  state: 'closed',
} as unknown as Connection<never>
const error = new LinkspanError('LINKSPAN_HANDLER', 'a message handler threw.')

function runtime(options: LinkspanOptions = {}): {
  runtime: Runtime
  logger: { [Level in 'debug' | 'info' | 'warn' | 'error']: ReturnType<typeof vi.fn> }
} {
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
  return { runtime: new Runtime(resolveOptions({ clock: new FakeClock(), logger, ...options })), logger }
}

describe('the ids', () => {
  it('are different from each other, on one node and on several', () => {
    const [one, other] = [runtime().runtime, runtime().runtime]
    const ids = [one, other].flatMap((each) =>
      Array.from({ length: 1_000 }, () => each.idOf(each.nextSerial())),
    )
    expect(new Set(ids).size).toBe(2_000)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}-[0-9a-z]+$/)
  })

  it('tell their numbers', () => {
    const { runtime: one } = runtime()
    const serials = Array.from({ length: 100 }, () => one.nextSerial())
    expect(serials.map((serial) => one.serialIn(one.idOf(serial)))).toEqual(serials)
    expect(one.serialIn('nobody')).toBeNaN()
  })
})

describe('an error', () => {
  it('goes to whoever listens, and not to the logger', () => {
    const { runtime: one, logger } = runtime()
    const listener = vi.fn()
    one.observers.on('error', listener)
    one.report(error, conn)
    expect(listener.mock.calls).toEqual([[error, conn]])
    expect(logger.error).not.toHaveBeenCalled()
    expect(one.counters.errors).toBe(1)
  })

  it('goes to the logger where nobody listens, with whose it is', () => {
    const { runtime: one, logger } = runtime()
    one.report(error, conn)
    expect(logger.error.mock.calls).toEqual([
      [
        {
          event: 'error',
          err: error,
          code: 'LINKSPAN_HANDLER',
          connection: 'c1',
          tenant: 'acme',
          via: 'ws',
          state: 'closed',
        },
        'linkspan: a message handler threw.',
      ],
    ])
    expect(one.counters.errors).toBe(1)
  })

  it('of nobody goes to the logger as well', () => {
    const { runtime: one, logger } = runtime()
    one.report(error, undefined)
    expect(logger.error.mock.calls[0]?.[0]).toEqual({ event: 'error', err: error, code: 'LINKSPAN_HANDLER' })
  })

  it('that a listener threw is an error too', () => {
    const { runtime: one } = runtime()
    const told: unknown[] = []
    const thrown = new Error('no')
    one.observers.on('open', () => {
      throw thrown
    })
    one.observers.on('error', (reported: unknown) => void told.push(reported))
    one.observers.emit('open', conn as Connection<unknown>)
    expect(told).toMatchObject([
      {
        code: 'LINKSPAN_LISTENER',
        message: "a listener of 'open' threw: observers must not.",
        cause: thrown,
      },
    ])
  })

  it('that a listener of errors threw goes to the logger, and to nobody for ever', () => {
    const { runtime: one, logger } = runtime()
    const listener = vi.fn(() => {
      throw new Error('again')
    })
    one.observers.on('error', listener)
    one.report(error, conn)
    expect(listener).toHaveBeenCalledOnce()
    expect(logger.error.mock.calls).toMatchObject([
      [{ code: 'LINKSPAN_LISTENER' }, "linkspan: a listener of 'error' threw: observers must not."],
    ])
  })

  it('that even the logger throws at ends there', () => {
    const broken = (): never => {
      throw new Error('disk full')
    }
    const { runtime: one } = runtime({ logger: { debug: broken, info: broken, warn: broken, error: broken } })
    expect(() => one.report(error, conn)).not.toThrow()
  })
})

describe('what somebody threw', () => {
  it('is wrapped, with it as the cause', () => {
    const thrown = new Error('below')
    expect(wrap('LINKSPAN_RELEASE', 'above', thrown)).toMatchObject({
      code: 'LINKSPAN_RELEASE',
      message: 'above',
      cause: thrown,
    })
    expect(wrap('LINKSPAN_RELEASE', 'above', 'text').cause).toEqual(new Error('text'))
  })

  it('stays as it is where it is an error of ours', () => {
    expect(wrap('LINKSPAN_RELEASE', 'above', error)).toBe(error)
  })
})

describe('the heartbeat', () => {
  it('is there unless it was turned off', () => {
    expect(runtime().runtime.wheel).toBeDefined()
    expect(runtime({ heartbeat: false }).runtime.wheel).toBeUndefined()
  })
})
