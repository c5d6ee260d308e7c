import { createServer } from 'node:http'
import { linkspan } from '@linkspan/core'
import { attach, native, upgrade } from '@linkspan/express'
import express, { type Request, Router } from 'express'
import { expectTypeOf, test } from 'vitest'

const app = linkspan().use((_conn, next) => next({ user: 'ada' }))

test('a route takes it without a cast, behind other handlers and in a router', () => {
  const web = express()
  web.get('/chat/:room', upgrade(app))
  web.get('/chat/:room', (_req, _res, next) => next(), upgrade(app))
  web.use('/users/:user', Router({ mergeParams: true }).get('/feed/:feed', upgrade(app)))
  attach(createServer(web), web, { path: '/chat/:room' })
  attach(web.listen(), web)
})

test('native is the Express request', () => {
  app.on('open', (conn) => {
    expectTypeOf(native(conn)).toEqualTypeOf<Request>()
  })
})
