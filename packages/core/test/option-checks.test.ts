import { describe, expect, it } from 'vitest'
import { badOption, oneOf } from '../src/option-checks.js'
import { resolveOptions } from '../src/options.js'

describe('option checks', () => {
  it('answer a value that is one of those there are, and refuse another', () => {
    expect(oneOf('mode', 'a', ['a', 'b'])).toBe('a')
    expect(() => oneOf<string>('mode', 'c', ['a', 'b'])).toThrow("mode takes one of 'a', 'b', not 'c'.")
  })

  it('keep what caused it', () => {
    const cause = new Error('why')
    expect(badOption('no.', cause)).toMatchObject({ code: 'LINKSPAN_OPTION', message: 'no.', cause })
    expect(badOption('no.').cause).toBeUndefined()
  })

  it('refuse a heartbeat policy without paces', () => {
    expect(() =>
      resolveOptions({ heartbeat: { paces: [], begin: () => ({ interval: 10, misses: 1 }) } }),
    ).toThrow('heartbeat.paces')
  })
})
