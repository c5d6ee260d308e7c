import { socketHost, type TestHost } from '@linkspan/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serve as onExpress } from '../servers/express.js'
import { serve as onFastify } from '../servers/fastify.js'
import { serve as onKoa } from '../servers/koa.js'
import type { Site } from '../src/site.js'

const PASSWORDS = { ada: 'analytical engine', grace: 'first actual bug' }

describe.each([
  ['express-session', onExpress],
  ['@fastify/session', onFastify],
  ['koa-session', onKoa],
] as const)('%s', (_name, serve) => {
  let site: Site
  let host: TestHost

  beforeEach(async () => {
    site = await serve()
    host = socketHost({ connect: { host: '127.0.0.1', port: site.port }, close: () => site.stop() })
  })
  afterEach(() => host.close())

  function post(path: string, headers: Record<string, string>) {
    return fetch(`http://127.0.0.1:${site.port}${path}`, { method: 'POST', headers })
  }

  /** Logs in over HTTP, and answers the cookies that a browser would keep. */
  async function login(name: keyof typeof PASSWORDS, cookie?: string): Promise<string> {
    const authorization = `Basic ${btoa(`${name}:${PASSWORDS[name]}`)}`
    const answer = await post('/login', { authorization, ...(cookie && { cookie }) })
    expect(answer.status).toBe(204)
    const set = answer.headers.getSetCookie()
    expect(set.every((line) => /; httponly/i.test(line) && /; samesite=lax/i.test(line))).toBe(true)
    return set.map((line) => line.split(';', 1)[0]).join('; ')
  }

  async function connect(cookie: string) {
    const answer = await host.connect({ path: '/chat', headers: { cookie } }).answer
    if (answer.upgraded) return answer.peer
    throw new Error(`refused with ${answer.status}`)
  }

  /** The status that a handshake is refused with. */
  async function statusOf(headers: Record<string, string> = {}): Promise<number> {
    const answer = await host.connect({ path: '/chat', headers }).answer
    return answer.upgraded ? 101 : answer.status
  }

  it('lets in who has logged in, as whom', async () => {
    const ada = await connect(await login('ada'))
    const grace = await connect(await login('grace'))
    ada.send('hello')
    expect(await grace.next()).toBe('ada: hello')
    grace.send('hello to you')
    expect(await ada.next()).toBe('grace: hello to you')
  })

  it('lets in nobody else', async () => {
    expect(await statusOf()).toBe(401)
    expect(
      await statusOf({ cookie: 'connect.sid=s%3Amade-up.signature; sessionId=made-up; member=bWFkZS11cA==' }),
    ).toBe(401)
    const wrong = await post('/login', { authorization: `Basic ${btoa('ada:guess')}` })
    expect(wrong.status).toBe(401)
    const cookie = wrong.headers.getSetCookie().map((line) => line.split(';', 1)[0])
    expect(await statusOf({ cookie: cookie.join('; ') })).toBe(401)
  })

  it('does not take a cookie that was changed', async () => {
    const cookie = await login('ada')
    // The signature, wherever it stands, is the last thing.
    const changed = cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')).replace(/.{3}$/, 'AAA')
    expect(await statusOf({ cookie: changed })).toBe(401)
    expect(await statusOf({ cookie })).toBe(101)
  })

  it('makes a new session for a log-in, whatever cookie came along', async () => {
    const before = await login('grace')
    const after = await login('ada', before)
    expect(after).not.toBe(before)
    const ada = await connect(after)
    const other = await connect(await login('grace'))
    ada.send('it is me')
    expect(await other.next()).toBe('ada: it is me')
  })

  it("does not let another site's page use the cookie", async () => {
    const cookie = await login('ada')
    expect(await statusOf({ cookie, origin: 'https://evil.example' })).toBe(403)
    expect(await statusOf({ cookie, origin: `http://127.0.0.1:${site.port}` })).toBe(101)
  })

  it('closes what is open when somebody logs out', async () => {
    const cookie = await login('ada')
    const [ada, grace] = [await connect(cookie), await connect(await login('grace'))]
    const answer = await post('/logout', { cookie })
    expect(answer.status).toBe(204)
    expect(await ada.closed).toEqual({ code: 4001, reason: 'logged out' })
    // As a browser: the cookie is what the answer made of it.
    const left = answer.headers.getSetCookie().map((line) => line.split(';', 1)[0])
    const kept = left.length > 0 ? left.join('; ') : cookie
    expect(await statusOf({ cookie: kept })).toBe(401)
    const again = await connect(await login('grace'))
    grace.send('still here')
    expect(await again.next()).toBe('grace: still here')
  })
})
