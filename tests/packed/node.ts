import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { createServer } from 'node:http'
import { linkspan } from '@linkspan/core'
import { asyncContext } from '@linkspan/node'
import { attach } from '@linkspan/ws'
import { application, listening, prove } from './prove.js'

async function main(): Promise<void> {
  const trace = new AsyncLocalStorage<string>()
  const traces: (string | undefined)[] = []
  const app = application((options) =>
    linkspan({ ...options, context: asyncContext() })
      .use((_conn, next) => trace.run('a trace', () => next()))
      .message((_conn, _message, next) => {
        traces.push(trace.getStore())
        return next()
      }),
  )
  const server = createServer()
  attach(server, app, { path: '/chat/:room' })
  await prove(await listening(server))
  assert.deepEqual(traces, ['a trace'])
  await app.drain()
  server.close()
}

void main()
