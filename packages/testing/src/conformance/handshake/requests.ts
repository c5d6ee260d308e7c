import { strict as assert } from 'node:assert'
import { isIP } from 'node:net'
import type { HandshakeRequest } from '@linkspan/core'
import type { Behaviour, Stage } from '../../behaviour.js'
import type { ConnectOptions } from '../../peer.js'
import { only } from '../support.js'

/** What middleware learns of the upgrade request. */
export const requests: readonly Behaviour[] = [
  {
    name: 'the url arrives as it was sent, path and query, without being decoded',
    async run(stage) {
      const request = await requestOf(stage, { path: '/caf%C3%A9/a%2Fb?room=a%26b&v=2' })
      assert.equal(request.url, '/caf%C3%A9/a%2Fb?room=a%26b&v=2')
      assert.equal(request.path, '/caf%C3%A9/a%2Fb')
    },
  },
  {
    name: 'the query is parsed, repeated keys and escapes included',
    async run(stage) {
      const { path, query } = await requestOf(stage, { path: '/chat?v=2&tag=a&tag=b%20c+d&flag&q=x?y' })
      assert.equal(path, '/chat')
      assert.deepEqual(
        [...query],
        [
          ['v', '2'],
          ['tag', 'a'],
          ['tag', 'b c d'],
          ['flag', ''],
          ['q', 'x?y'],
        ],
      )
    },
  },
  {
    name: 'a url without a query has an empty one',
    async run(stage) {
      const { url, path, query } = await requestOf(stage, { path: '/chat/lobby' })
      assert.equal(url, '/chat/lobby')
      assert.equal(path, '/chat/lobby')
      assert.deepEqual([...query], [])
    },
  },
  {
    name: 'headers are found under their lower-case names, with their values as sent',
    async run(stage) {
      const { headers } = await requestOf(stage, {
        headers: { Host: 'Chat.Example:8080', 'X-Trace-Id': 'AbC-123', 'user-agent': 'a client/1.0' },
      })
      assert.equal(headers['host'], 'Chat.Example:8080')
      assert.equal(headers['x-trace-id'], 'AbC-123')
      assert.equal(headers['user-agent'], 'a client/1.0')
      assert.equal(headers['X-Trace-Id'], undefined)
      assert.equal(headers['x-absent'], undefined)
    },
  },
  {
    name: 'a header that is repeated arrives as one, joined by a comma',
    async run(stage) {
      const { headers } = await requestOf(stage, { headers: { 'x-tag': 'first', 'X-Tag': 'second' } })
      assert.equal(headers['x-tag'], 'first, second')
    },
  },
  {
    name: "the client's address is an IP address",
    async run(stage) {
      const { address } = await requestOf(stage, {})
      assert.notEqual(isIP(address), 0, `'${address}' is an IP address`)
    },
  },
  {
    name: 'an X-Forwarded-For that nobody was told to trust changes no address',
    async run(stage) {
      const { address } = await requestOf(stage, {
        headers: {
          'x-forwarded-for': '203.0.113.9',
          forwarded: 'for=203.0.113.9',
          'x-real-ip': '203.0.113.9',
        },
      })
      assert.notEqual(address, '203.0.113.9')
      assert.notEqual(isIP(address), 0, `'${address}' is an IP address`)
    },
  },
  {
    name: 'params is an object of strings, where the route has names and where it has none',
    async run(stage) {
      const { params } = await requestOf(stage, { path: '/chat/lobby' })
      assert.equal(typeof params, 'object')
      for (const value of Object.values(params)) assert.equal(typeof value, 'string')
    },
  },
  {
    name: "the offered subprotocols are listed in the client's order",
    async run(stage) {
      const { protocols } = await requestOf(stage, { protocols: ['chat.v1', 'chat.v2', 'mqtt'] })
      assert.deepEqual(protocols, ['chat.v1', 'chat.v2', 'mqtt'])
    },
  },
  {
    name: 'a client that offers no subprotocol has an empty list',
    async run(stage) {
      assert.deepEqual((await requestOf(stage, {})).protocols, [])
    },
  },
  {
    name: 'the request stays valid to the end of the connection',
    async run(stage) {
      const app = stage.app()
      const seen: string[] = []
      const look = ({ url, path, query, headers }: HandshakeRequest): void => {
        seen.push(`${url} ${path} ${query.get('v')} ${headers['x-tag']}`)
      }
      app
        .use(async (conn, next) => {
          await undefined
          look(conn.request)
          const end = await next()
          look(conn.request)
          return end
        })
        .message((conn) => {
          look(conn.request)
          conn.close()
        })
        .on('close', (conn) => look(conn.request))
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect({ path: '/chat?v=2', headers: { 'x-tag': 'blue' } })
      peer.send('bye')
      await record.next('close')
      assert.deepEqual(seen, Array(4).fill('/chat?v=2 /chat 2 blue'))
    },
  },
]

async function requestOf(stage: Stage, options: ConnectOptions): Promise<HandshakeRequest> {
  const app = stage.app()
  const served = await stage.serve(app)
  await served.connect(options)
  return only(app).request
}
