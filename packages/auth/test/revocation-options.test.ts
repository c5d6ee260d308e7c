import { expect, it } from 'vitest'
import { resolveRevocationOptions } from '../src/revocation-options.js'

it('has these defaults', () => {
  expect(resolveRevocationOptions({})).toMatchObject({
    deadline: 30_000,
    remember: 86_400_000,
    capacity: 100_000,
    retryAfter: 5,
  })
  expect(resolveRevocationOptions({}).bus.status()).toBe('up')
})

it('refuses what makes no sense', () => {
  for (const options of [
    { deadline: 0 },
    { deadline: 2 ** 31 },
    { remember: 0.5 },
    { capacity: 0 },
    { retryAfter: -1 },
  ]) {
    expect(() => resolveRevocationOptions(options)).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_OPTION' }),
    )
  }
})
