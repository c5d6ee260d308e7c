import { describe, expect, it } from 'vitest'
import { HandshakeRequest } from '../src/request.js'

const request = (url: string, headers: Record<string, string> = {}): HandshakeRequest =>
  new HandshakeRequest({ url, headers, address: '192.0.2.7' })

describe('an upgrade request', () => {
  it('keeps what the adapter knew of it', () => {
    const native = { socket: 1 }
    const headers = { host: 'chat.example' }
    const made = new HandshakeRequest({
      url: '/chat/lobby?v=2',
      headers,
      address: '2001:db8::1',
      params: { room: 'lobby' },
      native,
    })
    expect(made).toMatchObject({ url: '/chat/lobby?v=2', address: '2001:db8::1', params: { room: 'lobby' } })
    expect(made.headers['host']).toBe('chat.example')
    expect(made.native).toBe(native)
  })

  it('has no parameters and nothing native unless told', () => {
    expect(request('/').params).toEqual({})
    expect(Object.isFrozen(request('/').params)).toBe(true)
    expect(request('/').native).toBeUndefined()
  })

  it.each([
    ['/chat/lobby?v=2', '/chat/lobby'],
    ['/chat/lobby', '/chat/lobby'],
    ['/?', '/'],
    ['/a?b?c', '/a'],
  ])('of %s has the path %s', (url, path) => {
    expect(request(url).path).toBe(path)
  })

  it('has its query parsed', () => {
    const { query } = request('/chat?room=a%20b&tag=1&tag=2&empty=')
    expect(query.get('room')).toBe('a b')
    expect(query.getAll('tag')).toEqual(['1', '2'])
    expect(query.get('empty')).toBe('')
    expect([...request('/chat').query]).toEqual([])
    expect(request('/a?b=c?d').query.get('b')).toBe('c?d')
  })

  it('parses its query once', () => {
    const made = request('/chat?room=a')
    expect(made.query).toBe(made.query)
  })

  it.each([
    [undefined, []],
    ['', []],
    ['v1', ['v1']],
    ['v2, v1', ['v2', 'v1']],
    ['v2 ,\tv1', ['v2', 'v1']],
  ])('that offers %j offers %j', (header, protocols) => {
    const headers = header === undefined ? {} : { 'sec-websocket-protocol': header }
    expect(request('/', headers).protocols).toEqual(protocols)
  })
})
