import { oneOf, whole } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { bound, share } from '../src/options.js'

const OPTION = expect.objectContaining({ code: 'LINKSPAN_OPTION' })

describe('options', () => {
  it('takes whole numbers within their range', () => {
    expect([whole('x', 1, 1, 5), whole('x', 5, 1, 5)]).toEqual([1, 5])
    for (const value of [0, 6, 1.5, Number.NaN, Infinity])
      expect(() => whole('x', value, 1, 5)).toThrow(OPTION)
  })

  it('takes a bound, or none', () => {
    expect([bound('x', 1), bound('x', undefined), bound('x', Infinity)]).toEqual([1, Infinity, Infinity])
    for (const value of [0, -1, 1.5, Number.NaN]) expect(() => bound('x', value)).toThrow(OPTION)
  })

  it('takes one of some words', () => {
    oneOf('x', 'a', ['a', 'b'])
    expect(() => oneOf('x', 'c', ['a', 'b'])).toThrow("x takes one of 'a', 'b', not 'c'.")
  })

  it('takes a share', () => {
    expect([share('x', 0.5), share('x', 1), share('x', 200, 500)]).toEqual([0.5, 1, 200])
    for (const value of [0, -0.1, 1.1, Number.NaN]) expect(() => share('x', value)).toThrow(OPTION)
  })
})
