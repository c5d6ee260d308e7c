import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES, type ErrorCode, LinkspanError, toError } from '../src/errors.js'

const codes = Object.keys(ERROR_CODES) as ErrorCode[]

describe('an error of ours', () => {
  it('carries its code, its message and its cause', () => {
    const cause = new Error('below')
    const error = new LinkspanError('LINKSPAN_HANDLER', 'a message handler threw.', { cause })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'LinkspanError',
      code: 'LINKSPAN_HANDLER',
      message: 'a message handler threw.',
    })
    expect(error.cause).toBe(cause)
  })

  it('says whose fault it is', () => {
    expect(new LinkspanError('LINKSPAN_OPTION', '').culprit).toBe('caller')
    expect(new LinkspanError('LINKSPAN_VIOLATION', '').culprit).toBe('peer')
    expect(new LinkspanError('LINKSPAN_TRANSPORT', '').culprit).toBe('infrastructure')
  })
})

describe('the error codes', () => {
  const documentation = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
  const rows = [
    ...documentation.matchAll(/^\| `(?<code>LINKSPAN_[A-Z_]+)` \| (?<culprit>\w+) \| .+ \| .+ \|$/gm),
  ]

  it('each name the culprit', () => {
    for (const code of codes) expect(['caller', 'peer', 'infrastructure']).toContain(ERROR_CODES[code])
  })

  it('are documented, each once, with its culprit', () => {
    expect(rows.map(({ groups }) => [groups?.['code'], groups?.['culprit']])).toEqual(
      Object.entries(ERROR_CODES),
    )
  })
})

describe('whatever was thrown', () => {
  it('stays as it is where it is an error', () => {
    const error = new TypeError('no')
    expect(toError(error)).toBe(error)
  })

  it('becomes an error that says it, where it is a string', () => {
    expect(toError('no')).toMatchObject({ message: 'no', cause: 'no' })
  })

  it.each([[undefined], [null], [42], [{ reason: 'no' }]])(
    'becomes an error around it, where it is %j',
    (thrown) => {
      const error = toError(thrown)
      expect(error).toBeInstanceOf(Error)
      expect(error.message).toBe('something that is no Error was thrown')
      expect(error.cause).toBe(thrown)
    },
  )
})
