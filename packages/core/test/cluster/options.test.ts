import { describe, expect, it } from 'vitest'
import { linkspan } from '../../src/app.js'
import { type ClusterOptions, resolveClusterOptions } from '../../src/cluster/options.js'

describe('the options of a cluster', () => {
  it('have defaults', () => {
    expect(resolveClusterOptions()).toEqual({
      node: undefined,
      version: '',
      beat: 2_000,
      lease: 6_000,
      interestGrace: 5_000,
      buffer: 1_048_576,
      timeout: 5_000,
    })
    expect(resolveClusterOptions({ beat: 60_000 }).lease).toBe(120_000)
  })

  it.each<ClusterOptions>([
    { node: 'ä'.repeat(127) },
    { beat: 10, lease: 20 },
    { interestGrace: 0, buffer: 0, timeout: 1 },
    { lease: 2 ** 31 - 1, interestGrace: 2 ** 31 - 1, timeout: 2 ** 31 - 1, buffer: Number.MAX_SAFE_INTEGER },
  ])('may be %j', (options) => {
    expect(resolveClusterOptions(options)).toMatchObject(options)
  })

  it.each<[string, object]>([
    ['cluster.node takes 1 to 255 bytes of well-formed Unicode.', { node: '' }],
    ['cluster.node takes 1 to 255 bytes of well-formed Unicode.', { node: 'ä'.repeat(128) }],
    ['cluster.node takes 1 to 255 bytes of well-formed Unicode.', { node: '\ud800' }],
    ['cluster.version takes a string.', { version: 7 }],
    ['cluster.beat takes a whole number from 10 to 60000, not 9.', { beat: 9 }],
    ['cluster.beat takes a whole number from 10 to 60000, not 60001.', { beat: 60_001 }],
    ['cluster.lease takes a whole number from 4000 to 2147483647, not 3999.', { lease: 3_999 }],
    ['cluster.lease takes a whole number from 20 to 2147483647, not 19.', { beat: 10, lease: 19 }],
    ['cluster.interestGrace takes a whole number from 0 to 2147483647, not -1.', { interestGrace: -1 }],
    ['cluster.buffer takes a whole number from 0 to 9007199254740991, not 0.5.', { buffer: 0.5 }],
    ['cluster.timeout takes a whole number from 1 to 2147483647, not 0.', { timeout: 0 }],
  ])('are refused: %s', (message, cluster) => {
    expect(() => linkspan({ cluster })).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION', message }))
  })

  it.each([0, '', 'x'.repeat(256), '\ud800'])('the name of an application is not %j', (name) => {
    expect(() => linkspan({ name: name as string })).toThrow(
      expect.objectContaining({
        code: 'LINKSPAN_OPTION',
        message: expect.stringContaining('name takes 1 to '),
      }),
    )
  })
})
