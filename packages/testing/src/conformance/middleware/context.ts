import { strict as assert } from 'node:assert'
import { AsyncLocalStorage } from 'node:async_hooks'
import type { AsyncContext } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'

/** What `asyncContext()` of @linkspan/node does, in one line. */
const asyncLocal: AsyncContext = { capture: () => AsyncLocalStorage.snapshot() }

/** Ambient context, from around `next()` into everything that runs for the connection. */
export const context: readonly Behaviour[] = [
  {
    name: 'what AsyncLocalStorage holds around next() holds in handlers, events and releases of that connection',
    async run(stage) {
      const storage = new AsyncLocalStorage<string>()
      const app = stage.app({ context: asyncLocal })
      const seen = new Map<string, string[]>()
      const look = (path: string, where: string): void => {
        const log = seen.get(path) ?? []
        seen.set(path, [...log, `${where}: ${storage.getStore()}`])
      }
      app
        .use((conn, next) => {
          const { path } = conn.request
          return storage.run(`tenant of ${path}`, async () => {
            conn.defer(() => look(path, 'release'))
            const end = await next()
            look(path, 'after')
            return end
          })
        })
        .message(async (conn, message) => {
          look(conn.request.path, message.text())
          await undefined
          look(conn.request.path, `${message.text()}, later`)
          if (message.text() === 'second') conn.close()
        })
        .on('open', (conn) => look(conn.request.path, 'open'))
        .on('close', (conn) => look(conn.request.path, 'close'))
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peers = [await served.connect({ path: '/a' }), await served.connect({ path: '/b' })]
      for (const peer of peers) peer.sendBurst(['first', 'second'])
      await record.next('close')
      await record.next('close')
      for (const path of ['/a', '/b']) {
        assert.deepEqual(
          seen.get(path),
          ['open', 'first', 'first, later', 'second', 'second, later', 'after', 'release', 'close'].map(
            (where) => `${where}: tenant of ${path}`,
          ),
        )
      }
    },
  },
]
