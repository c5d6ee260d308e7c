import { describe, expect, it } from 'vitest'
import { linkspan } from '../src/app.js'
import { FakeHandshake } from './fake.js'
import { turn } from './fake-clock.js'

describe('a connection that nobody observes', () => {
  it('lives and closes all the same', async () => {
    const app = linkspan({ heartbeat: false }).message((conn, message) => void conn.send(message))
    const handshake = new FakeHandshake()
    app.handle(handshake)
    await turn()
    const [conn] = [...app.connections]
    expect(conn?.state).toBe('active')
    handshake.transport.receive('hello')
    expect(handshake.transport.sent).toEqual(['hello'])
    conn?.close(1000)
    handshake.transport.receive('too late')
    handshake.transport.closed(1000)
    await turn()
    expect(conn?.state).toBe('closed')
    expect(app.stats().totals.dropped.in).toBe(1)
  })
})
