import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { createServer } from 'node:http'
import { asyncContext } from '@linkspan/node'
import { fromPath, tenancy } from '@linkspan/tenancy'
import { upgrade } from '@linkspan/ws'
import { WebSocket } from 'ws'
import { listening } from './prove.js'

async function main(): Promise<void> {
  const tenants = tenancy({
    resolve: fromPath('/t/:tenant'),
    storage: new AsyncLocalStorage<string>(),
    quotas: { connections: 1 },
  })
  const app = tenants
    .app({ context: asyncContext() })
    .use(tenants.enter())
    .message((conn, message) => {
      conn.send(`${conn.data.tenant} ${tenants.current()} ${message.text()}`)
    })
  const server = createServer()
  server.on('upgrade', upgrade(app))
  const url = `ws://127.0.0.1:${await listening(server)}/t/`

  const acme = new WebSocket(`${url}acme`)
  const said = new Promise<string>((resolve) =>
    acme.once('message', (data) => resolve((data as Buffer).toString())),
  )
  acme.once('open', () => acme.send('hello'))
  assert.equal(await said, 'acme acme hello')

  const another = new WebSocket(`${url}acme`)
  another.on('error', () => {})
  const status = await new Promise((resolve) =>
    another.once('unexpected-response', (_request, response) => resolve(response.statusCode)),
  )
  assert.equal(status, 429)
  another.terminate()

  const closed = new Promise((resolve) => acme.once('close', resolve))
  assert.equal(await tenants.of(app, 'acme').disconnect(), 1)
  assert.equal(await closed, 4000)
  await app.drain()
  server.close()
}

void main()
