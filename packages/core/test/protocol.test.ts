import { describe, expect, it } from 'vitest'
import { chooseProtocol } from '../src/protocol.js'

describe('the subprotocol', () => {
  it('is the first of ours that the client offers, whatever the client prefers', () => {
    expect(chooseProtocol(['v3', 'v2', 'v1'], ['v1', 'v2'])).toBe('v2')
  })

  it('is none where nothing is in common', () => {
    expect(chooseProtocol(['v2'], ['v1'])).toBe('')
    expect(chooseProtocol(['v2'], [])).toBe('')
  })

  it('is none where we speak none', () => {
    expect(chooseProtocol([], ['v1'])).toBe('')
  })

  it('is compared letter by letter', () => {
    expect(chooseProtocol(['Chat'], ['chat'])).toBe('')
  })
})
