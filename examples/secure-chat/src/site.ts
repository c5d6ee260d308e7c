// The HTTP half: the page, log-in, tokens, log-out.

import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { Revocations } from '@linkspan/auth'
import { parseCookie, stringifySetCookie } from 'cookie'
import type { Sessions } from './sessions.js'

const folder = fileURLToPath(new URL('../public/', import.meta.url))
const files = new Set(readdirSync(folder))
const TYPES: Readonly<Record<string, string>> = { html: 'text/html', css: 'text/css', js: 'text/javascript' }

const COOKIE = 'session'
const MOST_BYTES = 1_024

type Route = (req: IncomingMessage, res: ServerResponse) => Promise<void>

/** Answers the requests of the page. */
export function site(sessions: Sessions, revocations: Revocations): Route {
  const routes = new Map<string, Route>([
    ['POST /login', login],
    ['POST /token', token],
    ['POST /logout', logout],
  ])

  async function login(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { name, password } = await credentialsIn(req)
    const secret = await sessions.begin(name, password)
    if (secret === undefined) return answer(res, 401)
    // No script reads it, and no other site's page sends it.
    res.setHeader('set-cookie', cookie(secret))
    return answer(res, 204)
  }

  async function token(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const fresh = await sessions.token(sessionIn(req))
    return fresh === undefined ? answer(res, 401) : answer(res, 200, { token: fresh })
  }

  async function logout(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const ended = sessions.end(sessionIn(req))
    // Every window of this session closes, on every node, and its tokens are good for nothing.
    if (ended !== undefined) await revocations.revoke({ session: ended })
    res.setHeader('set-cookie', cookie('', 0))
    return answer(res, 204)
  }

  return async (req, res) => {
    const [path = '/'] = (req.url ?? '/').split('?', 1)
    const route = routes.get(`${req.method} ${path}`)
    if (route === undefined) return file(path, res)
    // What changes something is for our own page: a form elsewhere has another origin.
    const { origin, host } = req.headers
    const isOurs = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)
    if (!isOurs) return answer(res, 403)
    try {
      await route(req, res)
    } catch {
      answer(res, 400)
    }
  }
}

function cookie(value: string, maxAge?: number): string {
  const age = maxAge === undefined ? {} : { maxAge }
  // `secure: true` as soon as there is https.
  return stringifySetCookie(COOKIE, value, { httpOnly: true, sameSite: 'strict', path: '/', ...age })
}

function sessionIn({ headers }: IncomingMessage): string | undefined {
  return parseCookie(headers.cookie ?? '')[COOKIE]
}

/** Throws for a body that is none, or too long. */
async function credentialsIn(req: IncomingMessage): Promise<{ name: string; password: string }> {
  let text = ''
  for await (const chunk of req.setEncoding('utf8')) {
    text += chunk
    if (text.length > MOST_BYTES) throw new Error('the body is too long')
  }
  const { name, password } = JSON.parse(text) as { name?: unknown; password?: unknown }
  if (typeof name !== 'string' || typeof password !== 'string') throw new Error('the body is no log-in')
  return { name, password }
}

function answer(res: ServerResponse, status: number, body?: object): void {
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  res.writeHead(status, { 'cache-control': 'no-store', ...type })
  res.end(body && JSON.stringify(body))
}

function file(path: string, res: ServerResponse): void {
  const name = path === '/' ? 'index.html' : path.slice(1)
  // Only what lies there by exactly this name: no path is ever put together from a request.
  if (!files.has(name)) return answer(res, 404)
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
  res.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-cache' })
  res.end(readFileSync(folder + name, 'utf8'))
}
