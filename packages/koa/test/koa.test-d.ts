import Router from '@koa/router'
import { linkspan } from '@linkspan/core'
import { attach, native, upgrade } from '@linkspan/koa'
import Koa, { type Context } from 'koa'
import { expectTypeOf, test } from 'vitest'

const app = linkspan().use((_conn, next) => next({ user: 'ada' }))

test('a route takes it without a cast, behind other middleware and with typed state', () => {
  const koa = new Koa()
  koa.use(upgrade(app))
  new Koa<{ user: string }>().use(upgrade(app))
  const router = new Router()
  router.get('/chat/:room', upgrade(app))
  router.get('/chat/:room', (_ctx, next) => next(), upgrade(app))
  new Router<{ user: string }, { extra: number }>().get('/chat/:room', upgrade(app))
  attach(koa.use(router.routes()).listen(), koa, { path: ['/chat/:room'] })
  const typed = new Koa<{ user: string }>().use(router.routes())
  attach(typed.listen(), typed)
})

test('native is the context of Koa', () => {
  app.on('open', (conn) => {
    expectTypeOf(native(conn)).toEqualTypeOf<Context>()
  })
})
