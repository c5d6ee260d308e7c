import { type Connection, HandshakeRequest, LinkspanError } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { cookieCarrier, queryCarrier, type SessionCookie } from '../src/carrier.js'

const ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const OTHER = 'BBBBBBBBBBBBBBBBBBBBBA'

function request(cookie: string | undefined, url = '/'): HandshakeRequest {
  return new HandshakeRequest({ url, headers: { cookie }, address: '192.0.2.7' })
}

/** The line that a carrier sets. */
function lineOf(options: SessionCookie, rolling = true): string {
  let line = ''
  const conn = { setHeader: (name: string, value: string) => (line = `${name}: ${value}`) }
  cookieCarrier(options, 90_000, rolling).write(conn as unknown as Connection<unknown>, ID)
  return line
}

describe('cookieCarrier', () => {
  it('is as strict as browsers know, unless told otherwise', () => {
    expect(lineOf({})).toBe(`set-cookie: __Host-linkspan.sid=${ID}; Path=/; HttpOnly; Secure; SameSite=Lax`)
    expect(lineOf({ secure: false })).toBe(`set-cookie: linkspan.sid=${ID}; Path=/; HttpOnly; SameSite=Lax`)
    expect(
      lineOf({ name: 'sid', path: '/chat', domain: 'app.example', sameSite: 'none', httpOnly: false }),
    ).toBe(`set-cookie: sid=${ID}; Domain=app.example; Path=/chat; Secure; SameSite=None`)
    expect(lineOf({ persistent: true, partitioned: true })).toContain('; Max-Age=90;')
    expect(lineOf({ partitioned: true })).toContain('; Partitioned')
  })

  it('sets a persistent cookie again where the session rolls', () => {
    expect(cookieCarrier({ persistent: true }, 90_000, true).again).toBe(true)
    expect(cookieCarrier({ persistent: true }, 90_000, false).again).toBe(false)
    expect(cookieCarrier({}, 90_000, true).again).toBe(false)
  })

  it('finds its cookie among others, the first of that name', () => {
    const { read } = cookieCarrier({ name: 'sid' }, 90_000, true)
    expect(read(request(`a=1; sid=${ID}; b=2`))).toBe(ID)
    expect(read(request(`sid=${ID}; sid=${OTHER}`))).toBe(ID)
    expect(read(request(`xsid=${ID}`))).toBeUndefined()
    expect(read(request(`SID=${ID}`))).toBeUndefined()
    expect(read(request('sid=admin'))).toBeUndefined()
    expect(read(request(undefined))).toBeUndefined()
  })

  it('says nothing where the answer is out, and does not hide other failures', () => {
    const conn = (thrown: Error) => {
      const setHeader = (): void => {
        throw thrown
      }
      return { setHeader } as unknown as Connection<unknown>
    }
    const { write } = cookieCarrier({}, 90_000, true)
    for (const code of ['LINKSPAN_STATE', 'LINKSPAN_CLOSED'] as const) {
      expect(() => write(conn(new LinkspanError(code, 'too late')), ID)).not.toThrow()
    }
    expect(() => write(conn(new LinkspanError('LINKSPAN_HEADER', 'bad')), ID)).toThrow('bad')
  })

  it.each<SessionCookie>([
    { name: '__Host-sid', secure: false },
    { name: '__Host-sid', path: '/chat' },
    { name: '__host-sid', domain: 'app.example' },
    { name: '__Secure-sid', secure: false },
    { name: 'a b' },
    { name: '' },
    { path: '/;x' },
    { domain: 'a;b' },
    { sameSite: 'none', secure: false },
  ])('does not make a cookie that browsers would drop: %j', (options) => {
    expect(() => cookieCarrier(options, 90_000, true)).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_OPTION' }),
    )
  })
})

describe('queryCarrier', () => {
  it('reads its parameter, and writes nothing', () => {
    const { read, write, again } = queryCarrier('sid')
    expect(read(request(undefined, `/chat?a=1&sid=${ID}`))).toBe(ID)
    expect(read(request(`sid=${ID}`, '/chat?sid=admin'))).toBeUndefined()
    expect(read(request(undefined, '/chat'))).toBeUndefined()
    expect(again).toBe(false)
    expect(() => write({} as Connection<unknown>, ID)).not.toThrow()
    expect(() => queryCarrier('')).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
  })
})
