import cookie from '@fastify/cookie'
import session from '@fastify/session'
import linkspan, { native, upgrade } from '@linkspan/fastify'
import { fastify } from 'fastify'
import { chat, leave } from '../src/app.js'
import { type Member, memberOf } from '../src/members.js'
import { COOKIE_SECRET, type Site } from '../src/site.js'

declare module 'fastify' {
  interface Session {
    member?: Member
  }
}

export async function serve(port = 0): Promise<Site> {
  const app = chat((conn) => native(conn).session.member)

  const web = fastify()
  await web.register(linkspan)
  await web.register(cookie)
  await web.register(session, {
    secret: COOKIE_SECRET,
    saveUninitialized: false,
    // `secure: false` is for http://localhost.
    cookie: { httpOnly: true, sameSite: 'lax', secure: false },
  })

  web.post('/login', async (request, reply) => {
    const member = memberOf(request.headers.authorization)
    if (member === undefined) return reply.code(401).send()
    // A new session for whoever has logged in: one that was there before may be known to others.
    await request.session.regenerate()
    request.session.member = member
    return reply.code(204).send()
  })

  web.post('/logout', async (request, reply) => {
    const { member } = request.session
    await request.session.destroy()
    if (member !== undefined) void leave(app, member)
    return reply.code(204).send()
  })

  web.get('/chat', upgrade(app))

  const url = await web.listen({ port, host: '127.0.0.1' })
  return { port: Number(new URL(url).port), stop: () => web.close() }
}
