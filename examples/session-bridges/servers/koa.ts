import { createServer } from 'node:http'
import Router from '@koa/router'
import { attach, native, upgrade } from '@linkspan/koa'
import Koa from 'koa'
import session from 'koa-session'
import { chat, leave } from '../src/app.js'
import { type Member, memberOf } from '../src/members.js'
import { COOKIE_SECRET, listen, type Site } from '../src/site.js'

/** What koa-session puts on a context, which its types do not say. */
interface SessionContext {
  session: { member?: Member; regenerate(): Promise<void> | undefined } | null
}

export function serve(port = 0): Promise<Site> {
  const app = chat((conn) => (native(conn) as unknown as SessionContext).session?.member)

  const koa = new Koa<Koa.DefaultState, SessionContext>()
  koa.keys = [COOKIE_SECRET]
  // Without a store, the session is in the cookie itself: signed, so that nobody makes one up, but whoever keeps a copy
  // is logged in until `member.until`. Give it a `store` where that is too long.
  koa.use(session({ key: 'member', httpOnly: true, sameSite: 'lax' }, koa))

  const router = new Router<Koa.DefaultState, SessionContext>()
  router.post('/login', async (context) => {
    const member = memberOf(context.headers.authorization)
    if (member === undefined) return context.throw(401)
    await context.session?.regenerate()
    if (context.session) context.session.member = member
    context.status = 204
  })
  router.post('/logout', (context) => {
    const member = context.session?.member
    context.session = null
    if (member !== undefined) void leave(app, member)
    context.status = 204
  })
  router.get('/chat', upgrade(app))
  koa.use(router.routes())

  const handle = koa.callback()
  const server = createServer((request, response) => void handle(request, response))
  attach(server, koa)
  return listen(server, port, app)
}
