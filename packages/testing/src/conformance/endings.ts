import assert from 'node:assert/strict'
import type { Behaviour, Chapter } from '../behaviour.js'
import { meet, pair } from './pair.js'
import { CUT_BY_NETWORK, endOf } from './support.js'

/** How a peer or the network ends a connection, and who asked first where both did. */
export const chapter: Chapter = {
  title: 'endings',
  behaviours: [...byPeer(), ...byNetwork(), ...races(), ...fromWithin()],
}

function byPeer(): Behaviour[] {
  return [
    {
      name: "a peer's code and reason are what CloseInfo says, and its close frame is answered with its code",
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const served = await stage.serve(app)
        for (const code of [1000, 1001, 1003, 1008, 1009, 1011, 4000, 4999]) {
          const { peer } = await pair(app, served)
          peer.close(code, 'čau')
          const { info } = await record.next('close')
          assert.deepEqual(endOf(info), { code, reason: 'čau', by: 'peer', clean: true, wireCode: code })
          assert.equal((await peer.closed).code, code)
        }
      },
    },
    {
      name: "a peer's codes 1012 to 1014 and 3000 to 3999 arrive as they are",
      needs: ['allPeerCodes'],
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const served = await stage.serve(app)
        for (const code of [1012, 1013, 1014, 3000, 3999]) {
          const { peer } = await pair(app, served)
          peer.close(code)
          const { info } = await record.next('close')
          assert.deepEqual(endOf(info), { code, reason: '', by: 'peer', clean: true, wireCode: code })
        }
      },
    },
    {
      name: 'a close frame without a code is 1005 by peer, and clean',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { peer } = await meet(stage, app)
        peer.close()
        const { info } = await record.next('close')
        assert.deepEqual(endOf(info), { code: 1005, reason: '', by: 'peer', clean: true, wireCode: 1005 })
      },
    },
  ]
}

function byNetwork(): Behaviour[] {
  return [
    {
      name: 'a FIN without a close frame is 1006 by network, and not clean',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { peer } = await meet(stage, app)
        peer.end()
        assert.deepEqual(endOf((await record.next('close')).info), CUT_BY_NETWORK)
      },
    },
    {
      name: 'a reset is 1006 by network, and not clean',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { peer } = await meet(stage, app)
        peer.cut()
        assert.deepEqual(endOf((await record.next('close')).info), CUT_BY_NETWORK)
        assert.deepEqual(record.of('error'), [])
      },
    },
    {
      name: 'a socket that breaks while much waits for it is 1006 by network',
      run: async (stage) => {
        const app = stage.app({ outbox: { bytes: 67_108_864 } })
        const record = stage.record(app)
        const { conn, peer } = await meet(stage, app)
        peer.pause()
        for (let i = 0; i < 500; i += 1) conn.send(new Uint8Array(65_536))
        peer.cut()
        assert.deepEqual(endOf((await record.next('close')).info), CUT_BY_NETWORK)
        assert.equal(app.stats().gauges.outbox.bytes, 0)
      },
    },
  ]
}

function races(): Behaviour[] {
  return [
    {
      name: "where we asked first, the peer's own close frame is an answer: by server, with our code, and clean",
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { conn, peer } = await meet(stage, app)
        peer.answersClose = false
        conn.close(4001, 'ours')
        peer.close(4002, 'theirs')
        const { info } = await record.next('close')
        assert.deepEqual(endOf(info), {
          code: 4001,
          reason: 'ours',
          by: 'server',
          clean: true,
          wireCode: 4001,
        })
        assert.equal(record.of('close').length, 1)
      },
    },
    {
      name: 'where the peer asked first, our close is ignored: by peer, with its code',
      run: async (stage) => {
        const app = stage.app().on('transition', (conn, { to }) => {
          if (to === 'closing') conn.close(4001, 'ours')
        })
        const record = stage.record(app)
        const { peer } = await meet(stage, app)
        peer.close(4002, 'theirs')
        const { info } = await record.next('close')
        assert.deepEqual(endOf(info), {
          code: 4002,
          reason: 'theirs',
          by: 'peer',
          clean: true,
          wireCode: 4002,
        })
        assert.equal((await peer.closed).code, 4002)
      },
    },
    {
      name: 'closes that cross on the wire are one end, told by whoever we heard of first',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const served = await stage.serve(app)
        for (let i = 0; i < 10; i += 1) {
          const { conn, peer } = await pair(app, served)
          peer.close(4002, 'theirs')
          for (let turns = 0; turns < i; turns += 1) await undefined
          conn.close(4001, 'ours')
          const { info } = await record.next('close')
          const ours = { code: 4001, reason: 'ours', by: 'server', clean: true, wireCode: 4001 }
          const theirs = { code: 4002, reason: 'theirs', by: 'peer', clean: true, wireCode: 4002 }
          assert.deepEqual(endOf(info), info.by === 'server' ? ours : theirs)
        }
        assert.equal(record.of('close').length, 10)
      },
    },
    {
      name: 'the second close() is ignored, whatever its code',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { conn, peer } = await meet(stage, app)
        conn.close(4001, 'first')
        conn.close(4002, 'second')
        conn.close()
        assert.deepEqual(await peer.closed, { code: 4001, reason: 'first' })
        assert.equal((await record.next('close')).info.code, 4001)
        conn.close(4003, 'long after')
        conn.terminate()
        assert.equal(record.of('close').length, 1)
        assert.equal((await conn.closed).reason, 'first')
      },
    },
    {
      name: 'terminate() while closing cuts the wait short, and changes nothing about why it ended',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { conn, peer } = await meet(stage, app)
        peer.answersClose = false
        conn.close(4001, 'go')
        conn.terminate()
        const { info } = await record.next('close')
        const clean = stage.supports.closeAnswer ? false : info.clean
        assert.deepEqual(endOf(info), { code: 4001, reason: 'go', by: 'server', clean, wireCode: 4001 })
        assert.equal(info.duration, 0)
      },
    },
    {
      name: 'a close and a reset at once are one end',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { conn, peer } = await meet(stage, app)
        peer.cut()
        conn.close(4001)
        const { info } = await record.next('close')
        assert.ok(info.by === 'server' ? info.code === 4001 : info.code === 1006)
        assert.equal(record.of('close').length, 1)
        assert.equal(app.connections.size, 0)
      },
    },
  ]
}

function fromWithin(): Behaviour[] {
  return [
    {
      name: 'a connection closed by a listener of open has opened, and closes with that code',
      run: async (stage) => {
        const app = stage.app().on('open', (conn) => conn.close(4000, 'not today'))
        const record = stage.record(app)
        const peer = await (await stage.serve(app)).connect()
        assert.deepEqual(await peer.closed, { code: 4000, reason: 'not today' })
        const { info } = await record.next('close')
        const end = { code: 4000, reason: 'not today', by: 'server', clean: true, wireCode: 4000 }
        assert.deepEqual(endOf(info), end)
        assert.equal(record.of('open').length, 1)
      },
    },
    {
      name: 'a handler that closes its connection runs to its end, and sees no further message',
      run: async (stage) => {
        const log: string[] = []
        const app = stage.app().message(async (conn, message) => {
          log.push(message.text())
          conn.close(4000, 'enough')
          await undefined
          log.push(conn.state)
        })
        const record = stage.record(app)
        const { peer } = await meet(stage, app)
        peer.sendBurst(['one', 'two'])
        assert.deepEqual(await peer.closed, { code: 4000, reason: 'enough' })
        assert.equal((await record.next('close')).info.code, 4000)
        assert.deepEqual(log, ['one', 'closing'])
      },
    },
    {
      name: 'a handler that terminates its connection harms nobody',
      run: async (stage) => {
        const app = stage.app().message((conn, message) => {
          conn.terminate()
          conn.send(message)
        })
        const record = stage.record(app)
        const { peer } = await meet(stage, app)
        peer.sendBurst(['one', 'two'])
        assert.equal((await record.next('close')).info.by, 'server')
        assert.equal((await peer.closed).code, undefined)
        assert.deepEqual(record.of('error'), [])
      },
    },
  ]
}
