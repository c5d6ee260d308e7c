import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PGlite } from '@electric-sql/pglite'
import { attach } from '@linkspan/ws'
import { notes } from './app.js'
import { migrate } from './database.js'
import { tokenOf } from './tokens.js'

const secret = randomBytes(32)
const postgres = await PGlite.create()
await migrate(postgres)
const { app } = notes(secret, postgres, (event) => console.log('audit', JSON.stringify(event)))

const server = createServer()
attach(server, app, { path: '/notes' })
server.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  console.log(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/notes`)
})
for (const tenant of ['acme', 'globex']) console.log(tenant, await tokenOf(secret, 'ada', tenant))
console.log('support', await tokenOf(secret, 'grace', 'support', ['support']))

async function stop(): Promise<void> {
  await app.drain({ grace: 5_000 })
  await postgres.close()
  server.close()
}
process.once('SIGTERM', () => void stop())
