import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { linkspan } from '@linkspan/core'
import { attach, native, upgrade } from '@linkspan/ws'
import { expectTypeOf, test } from 'vitest'

const app = linkspan().use((_conn, next) => next({ user: 'ada' }))

test('an application of any data goes to any server without a cast', () => {
  createServer().on('upgrade', upgrade(app))
  createSecureServer().on('upgrade', upgrade(app, { trustProxy: 1 }))
  attach(createServer(), app, { path: ['/chat/:room'] })
  attach(createSecureServer(), app, { trustProxy: (address, hop) => address.startsWith('10.') && hop < 2 })
})

test('native is an IncomingMessage, whatever the connection carries', () => {
  app.on('open', (conn) => {
    expectTypeOf(native(conn).httpVersion).toEqualTypeOf<string>()
  })
})
