import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Linkspan, linkspan as make } from '@linkspan/core'
import { WebSocket } from 'ws'

/** Refuses who gives no name, and answers with the room and what was said. `linkspan` is that of the format under test. */
export function application(linkspan: typeof make): Linkspan<unknown> {
  return linkspan()
    .use((conn, next) => {
      const name = conn.request.query.get('name')
      if (name === null) return conn.reject({ status: 401, reason: 'who are you?' })
      return next({ name })
    })
    .message((conn, message) => {
      conn.send(`${conn.request.params['room']}: ${conn.data.name} says ${message.text()}`)
    })
}

/** Starts a server on a free port. */
export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** Shows an echo and a refusal, over the network, with the client of ws. */
export async function prove(port: number): Promise<void> {
  assert.equal(await echo(`ws://127.0.0.1:${port}/chat/lobby?name=Ada`), 'lobby: Ada says hello')
  assert.deepEqual(await refusal(`ws://127.0.0.1:${port}/chat/lobby`), {
    status: 401,
    type: 'application/problem+json',
    body: '{"type":"about:blank","title":"Unauthorized","status":401,"detail":"who are you?","code":4010}',
  })
}

function echo(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = ''
    const client = new WebSocket(url)
    client.on('error', reject)
    client.on('open', () => client.send('hello'))
    client.on('message', (data) => {
      heard = (data as Buffer).toString()
      client.close(1000)
    })
    client.on('close', (code) => (code === 1000 ? resolve(heard) : reject(new Error(`closed with ${code}`))))
  })
}

function refusal(
  url: string,
): Promise<{ status: number | undefined; type: string | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const client = new WebSocket(url)
    client.on('open', () => reject(new Error('nobody was refused')))
    client.on('unexpected-response', (_request, response) => {
      const { statusCode: status, headers } = response
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status, type: headers['content-type'], body }))
    })
  })
}
