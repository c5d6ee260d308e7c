import { describe, expect, it } from 'vitest'
import { headerLines, NO_HEADERS, withHeader } from '../src/answer-headers.js'
import { arriving } from './arriving.js'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'

const thrown = (code: string): unknown => expect.objectContaining({ name: 'LinkspanError', code })

describe('withHeader', () => {
  it('adds a header under its lower-case name, and replaces an earlier one', () => {
    const first = withHeader({}, 'X-Node', 'a')
    expect(first).toEqual({ 'x-node': 'a' })
    expect(withHeader(first, 'x-NODE', 'b')).toEqual({ 'x-node': 'b' })
    expect(first).toEqual({ 'x-node': 'a' })
  })

  it('keeps every cookie', () => {
    const one = withHeader({}, 'Set-Cookie', 'a=1')
    expect(one).toEqual({ 'set-cookie': ['a=1'] })
    expect(withHeader(one, 'set-cookie', 'b=2')).toEqual({ 'set-cookie': ['a=1', 'b=2'] })
  })

  it.each([
    ['a name with a space', 'x node', 'a'],
    ['no name', '', 'a'],
    ['a second line', 'x-node', 'a\r\nset-cookie: b=1'],
    ['a character beyond Latin-1', 'x-node', '€'],
    ['a value that is no string', 'x-node', 1 as unknown as string],
  ])('refuses %s', (_, name, value) => {
    expect(() => withHeader({}, name, value)).toThrow(thrown('LINKSPAN_HEADER'))
  })

  it.each(['Connection', 'Upgrade', 'Content-Length', 'Content-Type', 'Transfer-Encoding'])(
    'leaves %s to the handshake',
    (name) => {
      expect(() => withHeader({}, name, 'a')).toThrow(`'${name.toLowerCase()}'`)
    },
  )

  it.each(['Accept', 'Extensions', 'Protocol', 'Version'])(
    'leaves Sec-WebSocket-%s to the handshake',
    (name) => {
      expect(() => withHeader({}, `Sec-WebSocket-${name}`, 'a')).toThrow(thrown('LINKSPAN_HEADER'))
    },
  )
})

describe('headerLines', () => {
  it('is a line for each value', () => {
    const headers = { 'x-node': 'a', 'set-cookie': ['b=1', 'c=2'] }
    expect(headerLines(headers)).toEqual([
      ['x-node', 'a'],
      ['set-cookie', 'b=1'],
      ['set-cookie', 'c=2'],
    ])
  })
})

describe('conn.setHeader', () => {
  it('adds to the 101', async () => {
    const { conn, handshake, go } = await arriving()
    conn.setHeader('X-Node', 'a7')
    await go()
    expect(handshake.upgrade?.headers).toEqual({ 'x-node': 'a7' })
  })

  it('adds to the refusal, whose own headers win', async () => {
    const bench = Bench.open().with((app) =>
      app.use((conn) => {
        conn.setHeader('x-node', 'a7')
        conn.setHeader('x-why', 'set')
        conn.setHeader('set-cookie', 'a=1')
        return conn.reject({ status: 403, headers: { 'x-why': 'rejected' } })
      }),
    )
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected?.headers).toEqual({
      'x-node': 'a7',
      'x-why': 'rejected',
      'set-cookie': ['a=1'],
      'content-type': 'application/problem+json',
    })
  })

  it('is too late after the answer', async () => {
    const { conn, go } = await arriving()
    await conn.accept()
    expect(() => conn.setHeader('x-node', 'a7')).toThrow(thrown('LINKSPAN_STATE'))
    await go()
    expect(() => conn.setHeader('x-node', 'a7')).toThrow(thrown('LINKSPAN_STATE'))
  })

  it('is too late after closing began', async () => {
    const { conn } = await arriving()
    conn.close()
    expect(() => conn.setHeader('x-node', 'a7')).toThrow(thrown('LINKSPAN_CLOSED'))
  })
})

it('no headers are no lines', () => {
  expect(headerLines(NO_HEADERS)).toEqual([])
  expect(headerLines({})).toEqual([])
})
