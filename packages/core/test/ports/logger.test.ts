import { afterEach, describe, expect, it, vi } from 'vitest'
import { consoleLogger } from '../../src/ports/logger.js'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the default logger', () => {
  it('writes errors to the console, the sentence first', () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    const fields = { connection: 'c1' }
    consoleLogger.error(fields, 'linkspan: no')
    expect(error.mock.calls).toEqual([['linkspan: no', fields]])
  })

  it.each(['debug', 'info', 'warn'] as const)('keeps %s to itself', (level) => {
    const spies = (['debug', 'info', 'warn', 'error', 'log'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(() => {}),
    )
    consoleLogger[level]({}, 'nothing to see')
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
  })
})
