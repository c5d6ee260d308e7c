import { describe, expect, it } from 'vitest'
import { type LogOptions, resolveLogOptions } from '../src/log-options.js'

const refused = (message: string): unknown => expect.objectContaining({ code: 'LINKSPAN_OPTION', message })
const LEVELS = "one of 'debug', 'info', 'warn', 'error', 'silent'"

describe('the options of the log', () => {
  it('are all optional: what is given stays beside the defaults', () => {
    const { levels } = resolveLogOptions()
    expect(resolveLogOptions({})).toEqual({ levels, faults: 'warn', perSecond: 100 })
    expect(
      resolveLogOptions({ levels: { 'connection.closed': 'debug' }, faults: 'error', perSecond: 1 }),
    ).toEqual({
      levels: { ...levels, 'connection.closed': 'debug' },
      faults: 'error',
      perSecond: 1,
    })
    expect(resolveLogOptions({ perSecond: Infinity }).perSecond).toBe(Infinity)
  })

  it('leave an event that is given as undefined at its default', () => {
    const levels = { 'connection.closed': undefined } as unknown as NonNullable<LogOptions['levels']>
    expect(resolveLogOptions({ levels })).toEqual(resolveLogOptions())
  })

  it.each<[string, unknown, string]>([
    [
      'a level of another name',
      { levels: { error: 'fatal' } },
      `log.levels['error'] takes ${LEVELS}, not 'fatal'.`,
    ],
    ['faults of another level', { faults: 'loud' }, `log.faults takes ${LEVELS}, not 'loud'.`],
    [
      'no line at all',
      { perSecond: 0 },
      'log.perSecond takes a whole number from 1 to 9007199254740991, not 0.',
    ],
    [
      'half a line',
      { perSecond: 1.5 },
      'log.perSecond takes a whole number from 1 to 9007199254740991, not 1.5.',
    ],
  ])('do not take %s', (_, options, message) => {
    expect(() => resolveLogOptions(options as LogOptions)).toThrow(refused(message))
  })

  it.each(['connection.close', 'toString'])("do not take an event of another name: '%s'", (event) => {
    const levels = { [event]: 'info' } as unknown as NonNullable<LogOptions['levels']>
    expect(() => resolveLogOptions({ levels })).toThrow(
      expect.objectContaining({
        code: 'LINKSPAN_OPTION',
        message: expect.stringMatching(
          `^log.levels takes 'connection.opened', .* not '${event}'\\.$`,
        ) as string,
      }),
    )
  })
})
