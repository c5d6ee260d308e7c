import { describe, expect, it } from 'vitest'
import { LinkspanError } from '../src/errors.js'
import { closedError, isClosedError, misuse, rejectionOf } from '../src/failure.js'
import { Rejection } from '../src/rejection.js'

describe('user code that threw', () => {
  it('refuses as its Rejection says', () => {
    const rejection = new Rejection({ status: 402 })
    expect(rejectionOf(rejection)).toBe(rejection)
  })

  it('refuses with 403 and 4003 where it tried to become somebody else', () => {
    const thrown = new LinkspanError('LINKSPAN_IDENTITY', 'the details are ours')
    expect(rejectionOf(thrown)).toMatchObject({ status: 403, code: 4003, reason: '' })
  })

  it.each([
    ['an error', new Error('password=hunter2')],
    ['another error of ours', new LinkspanError('LINKSPAN_STATE', 'internals')],
    ['a string', 'secret'],
    ['nothing', undefined],
    ['what only looks like a Rejection', { status: 402, code: 4402, reason: 'x' }],
  ])('refuses with 500 and 1011 and not a word of detail where it threw %s', (_, thrown) => {
    expect(rejectionOf(thrown)).toMatchObject({ status: 500, code: 1011, reason: '', closeReason: '' })
  })
})

describe('an error of ours', () => {
  it('for a call that another state makes sense of is LINKSPAN_STATE', () => {
    expect(misuse('not now.')).toMatchObject({
      code: 'LINKSPAN_STATE',
      message: 'not now.',
      culprit: 'caller',
    })
  })

  it('for a call that came too late names the call and what to do', () => {
    expect(closedError('read')).toMatchObject({
      code: 'LINKSPAN_CLOSED',
      message: 'read() came after the connection began to close: check conn.signal first.',
    })
  })

  it('for an aborted signal says no more than that it ended', () => {
    expect(closedError().message).toBe('the connection began to close.')
  })

  it('is known again as saying only that the connection has ended', () => {
    expect(isClosedError(closedError())).toBe(true)
    expect(isClosedError(misuse(''))).toBe(false)
    expect(isClosedError({ code: 'LINKSPAN_CLOSED' })).toBe(false)
  })
})
