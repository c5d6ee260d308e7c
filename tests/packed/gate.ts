import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { can, jwt, revocation, single } from '@linkspan/auth'
import { linkspan, memoryBroker } from '@linkspan/core'
import { circuitBreaker, filterAddresses, limitConnections, loadShedding, rateLimit } from '@linkspan/guard'
import { processLoad } from '@linkspan/node'
import { memoryStore, session } from '@linkspan/session'
import { upgrade } from '@linkspan/ws'
import { WebSocket } from 'ws'
import { listening } from './prove.js'

// HS256 with the secret below: { sub: 'ada', scope: 'room:read', exp: 4102444800 }.
const secret = 'a secret that is long enough for HS256'

async function token(): Promise<string> {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'ada', scope: 'room:read', exp: 4_102_444_800 })}`
  const { createHmac } = await import('node:crypto')
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

async function main(): Promise<void> {
  const load = processLoad()
  const limits = rateLimit({ handshakes: { points: 100, per: 1_000 }, messages: { points: 100, per: 1_000 } })
  const whole = linkspan({ broker: memoryBroker() })
  const revocations = revocation({ bus: whole.bus('revocations') })
  const app = whole
    .use(filterAddresses({ allow: ['127.0.0.0/8'] }))
    .use(loadShedding({ load }))
    .use(limitConnections({ perAddress: 2 }))
    .use(limits)
    .use(circuitBreaker())
    .use(jwt({ secret }))
    .use(revocations)
    .use(single({ onConflict: 'reject' }))
    .use(session<{ count: number }>({ store: memoryStore(), cookie: { secure: false } }))
    .topics('room:*', { join: can('room:read') })
    .message(limits.messages)
    .message((conn, message) => {
      conn.join('room:1')
      conn.data.session.update(({ count = 0 }) => ({ count: count + 1 }))
      conn.send(`${conn.identity.subject} ${conn.data.session.get('count')} ${message.text()}`)
    })
  const server = createServer()
  server.on('upgrade', upgrade(app))
  const url = `ws://127.0.0.1:${await listening(server)}/`

  const ada = new WebSocket(url, { headers: { authorization: `Bearer ${await token()}` } })
  const said = new Promise<string>((resolve) =>
    ada.once('message', (data) => resolve((data as Buffer).toString())),
  )
  ada.once('open', () => ada.send('hello'))
  assert.equal(await said, 'ada 1 hello')

  const nobody = new WebSocket(url)
  nobody.on('error', () => {})
  const status = await new Promise((resolve) =>
    nobody.once('unexpected-response', (_request, response) => resolve(response.statusCode)),
  )
  assert.equal(status, 401)
  nobody.terminate()

  const closed = new Promise((resolve) => ada.once('close', resolve))
  const { closed: count } = await revocations.revoke({ subject: 'ada' })
  assert.equal(count, 1)
  assert.equal(await closed, 4001)

  await app.drain()
  revocations.close()
  load.stop()
  server.close()
}

void main()
