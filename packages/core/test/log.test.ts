import { describe, expect, it, vi } from 'vitest'
import type { Connection } from '../src/connection.js'
import { Log, wordless } from '../src/log.js'
import type { Logger } from '../src/ports/logger.js'
import { FakeClock, turn } from './fake-clock.js'

type Line = readonly [level: string, fields: object, message: string]

const conn = {
  id: 'c1',
  identity: { subject: 'ada', tenant: 'acme' },
  via: 'ws',
  state: 'active',
} as unknown as Connection<unknown>

function kept(wanted?: Logger['isLevelEnabled']) {
  const clock = new FakeClock()
  const lines: Line[] = []
  const at = (level: string) => (fields: object, message: string) => void lines.push([level, fields, message])
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    ...(wanted && { isLevelEnabled: wanted }),
  }
  return { clock, lines, log: new Log(logger, clock) }
}

describe('a line beside an application', () => {
  it('has its level, its event, its fields and whose it is: not who that is', () => {
    const { lines, log } = kept()
    log.info('claim.info', 'one')
    log.warn('claim.lost', 'two', { missed: 1 })
    log.error('claim.error', 'three', { err: 'no' }, conn)
    expect(lines).toEqual([
      ['info', { event: 'claim.info' }, 'linkspan: one'],
      ['warn', { event: 'claim.lost', missed: 1 }, 'linkspan: two'],
      [
        'error',
        { event: 'claim.error', connection: 'c1', tenant: 'acme', via: 'ws', state: 'active', err: 'no' },
        'linkspan: three',
      ],
    ])
  })

  it('of an observer that threw has which, and what it threw as an error', () => {
    const { lines, log } = kept()
    const thrown = new RangeError('mine')
    log.threw('onLimit', thrown)
    log.threw('audit', 'no', conn)
    expect(lines).toMatchObject([
      [
        'error',
        { event: 'observer.threw', observer: 'onLimit', err: thrown },
        'linkspan: onLimit threw: it must not.',
      ],
      [
        'error',
        { observer: 'audit', err: new Error('no'), connection: 'c1' },
        'linkspan: audit threw: it must not.',
      ],
    ])
  })

  it('is not written where the logger does not want its level', async () => {
    const { clock, lines, log } = kept((level) => level === 'error')
    for (let each = 0; each < 200; each += 1) log.warn('claim.lost', 'no')
    log.error('claim.error', 'yes')
    await clock.advance(1_000)
    expect(lines.map(([level]) => level)).toEqual(['error'])
  })
})

describe('a flood of lines', () => {
  it('is 100 a second of each event, and one that tells of the others', async () => {
    const { clock, lines, log } = kept()
    for (let each = 0; each < 1_000; each += 1) log.error('tenant.unavailable', 'no')
    log.warn('claim.lost', 'no')
    expect(lines).toHaveLength(101)
    await clock.advance(1_000)
    expect(lines.slice(101)).toEqual([
      [
        'error',
        { event: 'log.suppressed', of: 'tenant.unavailable', suppressed: 900 },
        'linkspan: lines suppressed',
      ],
    ])
    expect(clock.pending).toBe(0)
  })

  it('has everything in it that must not happen untold', () => {
    const { clock, lines, log } = kept()
    for (let each = 0; each < 200; each += 1) log.insist('tenant.crossing', 'over', { allowed: true }, conn)
    expect(lines).toHaveLength(200)
    expect(lines[0]).toEqual([
      'warn',
      {
        event: 'tenant.crossing',
        connection: 'c1',
        tenant: 'acme',
        via: 'ws',
        state: 'active',
        allowed: true,
      },
      'linkspan: over',
    ])
    expect(clock.pending).toBe(0)
  })
})

describe('a logger that fails', () => {
  const fails = (): never => {
    throw new Error('the disk is full')
  }
  const rejects = (): unknown => Promise.reject(new Error('the disk is full'))

  it.each<[string, () => void]>([
    ['throws', fails],
    ['rejects', rejects],
  ])('and %s breaks nothing, at the lines or at what was suppressed', async (_, fail) => {
    const clock = new FakeClock()
    const log = new Log({ debug: fail, info: fail, warn: fail, error: fail }, clock)
    for (let each = 0; each < 101; each += 1) log.error('store.down', 'no')
    log.threw('onLimit', 'no')
    await clock.advance(1_000)
    expect(clock.pending).toBe(0)
  })

  it('when it is asked for its level has no line', () => {
    const { lines, log } = kept(fails)
    log.error('store.down', 'no')
    expect(lines).toEqual([])
  })

  it('at what must not happen untold says so; a promise of it is nobody’s', async () => {
    const silent = (): void => {}
    const logger = { debug: silent, info: silent, error: silent }
    expect(() => new Log({ ...logger, warn: fails }).insist('tenant.crossing', 'over')).toThrow(
      'the disk is full',
    )
    expect(() => new Log({ ...logger, warn: rejects }).insist('tenant.crossing', 'over')).not.toThrow()
    await turn()
  })
})

it('without a logger errors go to the console, and nothing else does', () => {
  const console = vi.spyOn(globalThis.console, 'error').mockImplementation(() => {})
  const log = new Log()
  log.warn('claim.lost', 'no')
  log.error('store.down', 'the store is away')
  expect(console.mock.calls).toEqual([['linkspan: the store is away', { event: 'store.down' }]])
  console.mockRestore()
})

describe('an error without its words', () => {
  it('is its type and its code, where that is one', () => {
    const refused = Object.assign(new TypeError('redis://user:secret@host'), { code: 'ECONNREFUSED' })
    expect(wordless(refused)).toEqual({ type: 'TypeError', code: 'ECONNREFUSED' })
    expect(wordless(Object.assign(new Error('no'), { code: 'key: ada' }))).toEqual({ type: 'Error' })
    expect(wordless(Object.assign(new Error('no'), { code: 42 }))).toEqual({ type: 'Error' })
    expect(wordless('no')).toEqual({ type: 'Error' })
  })
})
