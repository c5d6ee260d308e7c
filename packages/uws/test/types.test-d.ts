import type { TemplatedApp } from 'uWebSockets.js'
import { type Linkspan, linkspan } from '@linkspan/core'
import { attach, decline, native, type TrustProxy, upgrade } from '@linkspan/uws'
import { expectTypeOf, test } from 'vitest'

declare const uws: TemplatedApp

const plain = linkspan()
const rich = linkspan()
  .use((_conn, next) => next({ plan: 'team' as const }))
  .message((conn) => void conn.send(conn.data.plan))

test('every application goes to every entrance, without a cast', () => {
  for (const app of [plain, rich] as const) {
    uws.ws('/chat/:room', upgrade(app, { params: ['room'], trustProxy: 1 })).any('/chat/:room', decline(app))
  }
  attach(uws, plain)
  attach(uws, rich, {
    path: ['/chat/:room', '/lobby'],
    trustProxy: (address, hop) => hop === 0 && address !== '',
  })
  expectTypeOf(upgrade).parameter(0).toEqualTypeOf<Linkspan<unknown>>()
})

test('options that are none do not compile', () => {
  // @ts-expect-error attach reads the names from the pattern
  attach(uws, plain, { params: ['room'] })
  // @ts-expect-error
  upgrade(plain, { path: '/' })
  expectTypeOf<'loopback'>().not.toExtend<TrustProxy>()
})

test('there is no native request', () => {
  plain.message((conn) => {
    expectTypeOf(native(conn)).toEqualTypeOf<undefined>()
  })
})
