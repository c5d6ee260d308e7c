import { createServer } from 'node:http'
import { attach, native, upgrade } from '@linkspan/express'
import express from 'express'
import session from 'express-session'
import { chat, leave } from '../src/app.js'
import { type Member, memberOf } from '../src/members.js'
import { COOKIE_SECRET, listen, type Site } from '../src/site.js'

declare module 'express-session' {
  interface SessionData {
    member: Member
  }
}

export function serve(port = 0): Promise<Site> {
  const app = chat((conn) => native(conn).session.member)

  const web = express()
  web.use(
    session({
      secret: COOKIE_SECRET,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax' },
    }),
  )

  web.post('/login', (req, res, next) => {
    const member = memberOf(req.headers.authorization)
    if (member === undefined) return void res.sendStatus(401)
    // A new session for whoever has logged in: one that was there before may be known to others.
    req.session.regenerate((error) => {
      if (error) return next(error)
      req.session.member = member
      res.sendStatus(204)
    })
  })

  web.post('/logout', (req, res, next) => {
    const { member } = req.session
    req.session.destroy((error) => {
      if (error) return next(error)
      if (member !== undefined) void leave(app, member)
      res.sendStatus(204)
    })
  })

  web.get('/chat', upgrade(app))

  const server = createServer(web)
  attach(server, web)
  return listen(server, port, app)
}
