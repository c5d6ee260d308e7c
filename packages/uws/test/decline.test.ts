import { checkUpgrade, linkspan } from '@linkspan/core'
import { decline, upgrade } from '@linkspan/uws'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { needsUws } from './needs-uws.js'
import { ask, UPGRADE } from './raw.js'
import { closeServers, listening } from './server.js'

needsUws()
afterEach(closeServers)

let port: number
let entered: number

beforeEach(async () => {
  entered = 0
  const app = linkspan().use((_conn, next) => {
    entered += 1
    return next()
  })
  const server = await listening((uws) => {
    uws.ws('/chat/:room', upgrade(app, { params: ['room'] })).any('/chat/:room', decline(app))
    uws.any('/*', decline(app))
  })
  port = server.port
})

/** A request, and whether uWebSockets.js gives it to `.ws()`. */
const MALFORMED: readonly (readonly [what: string, line: string, headers: readonly string[]])[] = [
  ['another method', 'POST /chat/a', UPGRADE],
  ['a method that nobody has', 'BREW /chat/a', UPGRADE],
  ['a method in lower case', 'get /chat/a', UPGRADE],
  ['a plain request', 'GET /chat/a', ['Host: h']],
  ['no key', 'GET /chat/a', without('Sec-WebSocket-Key')],
  ['a short key', 'GET /chat/a', [...without('Sec-WebSocket-Key'), 'Sec-WebSocket-Key: c2hvcnQ=']],
  [
    'a key of the right length that is none',
    'GET /chat/a',
    [...without('Sec-WebSocket-Key'), `Sec-WebSocket-Key: ${'x'.repeat(24)}`],
  ],
  ['two keys, the first of them short', 'GET /chat/a', ['Sec-WebSocket-Key: c2hvcnQ=', ...UPGRADE]],
  ['another version', 'GET /chat/a', [...without('Sec-WebSocket-Version'), 'Sec-WebSocket-Version: 8']],
  ['no Upgrade header', 'GET /chat/a', without('Upgrade')],
  ['no Connection header', 'GET /chat/a', without('Connection')],
  ['an empty Host', 'GET /chat/a', [...without('Host'), 'Host: ']],
  ['two of Origin', 'GET /chat/a', [...UPGRADE, 'Origin: https://a.example', 'Origin: https://b.example']],
  ['a subprotocol twice', 'GET /chat/a', [...UPGRADE, 'Sec-WebSocket-Protocol: v1, v1']],
]

describe('what is no sound upgrade', () => {
  it.each(MALFORMED)('%s is answered as the core says, in full', async (_what, line, headers) => {
    const [method = ''] = line.split(' ')
    const rawHeaders = headers.flatMap((each) => [nameOf(each), each.slice(each.indexOf(':') + 1).trim()])
    const expected = checkUpgrade({ method, httpVersion: '1.1', rawHeaders })
    const answer = await ask(port, line, headers)
    const { date, uwebsockets, ...sent } = answer.headers
    expect({ ...answer, headers: sent }).toEqual({
      status: `${expected?.status} ${JSON.parse(answer.body).title}`,
      headers: {
        ...expected?.headers,
        connection: 'close',
        'content-length': String(Buffer.byteLength(expected?.body ?? '')),
      },
      body: expected?.body,
    })
    expect(entered).toBe(0)
  })

  it('a request body changes nothing', async () => {
    const headers = [...UPGRADE, 'Content-Length: 5']
    expect((await ask(port, 'POST /chat/a', headers, 'hello')).status).toBe('405 Method Not Allowed')
  })
})

it('answers a sound upgrade that nobody takes with 404, and ends the socket', async () => {
  expect(await ask(port, 'GET /nowhere')).toMatchObject({
    status: '404 Not Found',
    headers: { 'content-type': 'application/problem+json', connection: 'close' },
    body: '{"type":"about:blank","title":"Not Found","status":404,"code":1008}',
  })
})

it('leaves a sound upgrade to .ws()', async () => {
  const answer = await ask(port, 'GET /chat/a', [...UPGRADE, 'Origin: https://foreign.example'])
  expect(answer.status).toBe('403 Forbidden')
})

function without(name: string): readonly string[] {
  return UPGRADE.filter((line) => nameOf(line) !== name)
}

function nameOf(line: string): string {
  return line.slice(0, line.indexOf(':'))
}
