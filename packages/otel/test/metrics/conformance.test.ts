import { strict as assert } from 'node:assert'
import type { Authenticated } from '@linkspan/core'
import { metrics } from '@linkspan/otel'
import type { Behaviour } from '@linkspan/testing'
import { everywhere } from '../../../../tests/everywhere.js'
import { Meters } from './meters.js'

const measuring: readonly Behaviour[] = [
  {
    name: 'handshakes, connections, what they say and how they end are counted alike',
    async run(stage) {
      const meters = new Meters()
      let via = ''
      const app = stage
        .app()
        .use(function gate(conn, next) {
          if (conn.request.path === '/no') return conn.reject({ status: 401, reason: 'no token' })
          conn.authenticate({ subject: 'ada', tenant: 'acme' })
          via = conn.via
          return next<Authenticated>()
        })
        .message((conn, message) => conn.send(`you said ${message.text()}`))
      const end = metrics(app, { meterProvider: meters.provider, sample: 1 })
      const served = await stage.serve(app)
      assert.equal((await served.answer({ path: '/no' })).upgraded, false)
      const peer = await served.connect()
      peer.send('grüße')
      assert.equal(await peer.next(), 'you said grüße')

      const during = await meters.read()
      assert.notEqual(via, '')
      assert.equal(during.table('connections')[`active ${via}`], 1)
      assert.deepEqual(during.table('tenant.connections'), { acme: 1 })
      assert.deepEqual(during.table('handshakes'), { 'opened 101': 1, 'refused 401 no token': 1 })
      assert.deepEqual(during.table('middleware.refusals'), { 'gate refused': 1 })
      assert.deepEqual(during.table('messages'), { receive: 1, transmit: 1 })
      assert.deepEqual(during.table('message.size'), { receive: 7, transmit: 16 })
      assert.equal(during.number('message.duration'), 1)

      peer.close(4_321)
      await stage.until(() => app.connections.size === 0, 'the connection has ended')
      const after = await meters.read()
      assert.equal(after.table('connections')[`active ${via}`], 0)
      assert.deepEqual(after.table('tenant.connections'), { acme: 0 })
      assert.deepEqual(after.table('closes'), { '4321 peer': 1 })
      assert.equal(after.number('connection.duration'), 1)
      end()
    },
  },
]

everywhere('@linkspan/otel', [{ title: 'measuring', behaviours: measuring }])
