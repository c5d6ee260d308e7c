import { createServer } from 'node:http'
import { linkspan } from '@linkspan/core'
import { health, type ShutdownReport, shutdown } from '@linkspan/node'
import { expectTypeOf, test } from 'vitest'

const app = linkspan().use((_conn, next) => next({ profile: { name: 'Ada' } }))

test('applications of any data, servers, and things to be closed are taken as they are', () => {
  const broker = { close: async () => {} }
  const store = { close: (callback?: (error?: Error) => void) => callback?.() }
  const stopping = shutdown({ apps: [app, linkspan()], servers: [createServer()], close: { broker, store } })
  shutdown({ close: [broker, () => store.close(), async () => 'OK'] })
  expectTypeOf(stopping.done).resolves.toEqualTypeOf<ShutdownReport>()
  expectTypeOf(stopping).toExtend<AsyncDisposable>()
})

test('what cannot be closed is refused', () => {
  // @ts-expect-error: nothing of it says how
  shutdown({ close: { redis: { quit: () => {} } } })
  // @ts-expect-error: no signal
  shutdown({ signals: ['TERM'] })
})

test('probes take applications of any data', () => {
  const { readiness } = health([app, linkspan()])
  expectTypeOf(readiness).returns.resolves.toHaveProperty('status').toEqualTypeOf<200 | 503>()
})
