import { LinkspanError } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { matcher } from '../src/route.js'

describe('matcher', () => {
  it.each([
    ['/', '/', {}],
    ['/chat', '/chat', {}],
    ['/chat/:room', '/chat/lobby', { room: 'lobby' }],
    ['/:a/x/:b', '/1/x/2', { a: '1', b: '2' }],
    ['/chat/:room', '/chat/gr%C3%BCn%2Fblau', { room: 'grün/blau' }],
  ])('%s takes %s', (pattern, path, params) => {
    expect(matcher(pattern)(path)).toEqual(params)
  })

  it.each([
    ['/chat', '/'],
    ['/chat', '/chat/'],
    ['/chat', '/Chat'],
    ['/chat', '/chatter'],
    ['/chat/:room', '/chat'],
    ['/chat/:room', '/chat/'],
    ['/chat/:room', '/chat/lobby/1'],
    ['/chat/:room', '/chat/%'],
    ['/chat/:room', '/chat/%C3'],
    ['/chat/:room', 'chat/lobby'],
  ])('%s leaves %s', (pattern, path) => {
    expect(matcher(pattern)(path)).toBeUndefined()
  })

  it('tries several patterns in their order', () => {
    const match = matcher(['/chat/new', '/chat/:room'])
    expect([match('/chat/new'), match('/chat/old'), match('/talk')]).toEqual([{}, { room: 'old' }, undefined])
  })

  it.each(['chat', '', '/chat/:', '/:a/:a'])('%s is no pattern', (pattern) => {
    expect(() => matcher(pattern)).toThrow(LinkspanError)
    expect(() => matcher(pattern)).toThrow(/path takes patterns like '\/chat\/:room'/)
  })
})
