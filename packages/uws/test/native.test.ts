import { HandshakeRequest } from '@linkspan/core'
import { native } from '@linkspan/uws'
import { expect, it } from 'vitest'

it('has no request of the framework to give', () => {
  const request = new HandshakeRequest({ url: '/', headers: {}, address: '', native: 'what nobody gave' })
  expect(native({ request })).toBeUndefined()
})
