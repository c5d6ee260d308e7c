import { describe, expect, it } from 'vitest'
import { TopicPolicies } from '../src/access.js'
import type { Connection } from '../src/connection.js'
import { arriving } from './arriving.js'
import { connected, handled } from './connected.js'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'

const thrown = (code: string): unknown => expect.objectContaining({ name: 'LinkspanError', code })
const conn = {} as Connection<never>

describe('topic policies', () => {
  it('have nothing to say of topics that none is about', () => {
    const policies = new TopicPolicies()
    policies.add('room:*', { join: () => false })
    expect(policies.allow('join', conn, 'lobby')).toBeUndefined()
    expect(policies.allow('publish', conn, 'room:1')).toBeUndefined()
    expect(policies.allow('join', conn, 'room:1')).toBe(false)
  })

  it('match a name, or how it begins', () => {
    const policies = new TopicPolicies()
    policies.add('lobby', { join: () => true })
    policies.add('room:*', { join: () => true })
    const known = ['lobby', 'lobby2', 'room:', 'room:1', 'room', 'ROOM:1', 'a-room:1']
    expect(known.filter((topic) => policies.allow('join', conn, topic))).toEqual(['lobby', 'room:', 'room:1'])
  })

  it('match everything with a star alone', () => {
    const policies = new TopicPolicies()
    policies.add('*', { join: () => true })
    expect(policies.allow('join', conn, 'whatever')).toBe(true)
  })

  it('have all to allow', () => {
    const asked: string[] = []
    const policies = new TopicPolicies()
    policies.add('*', { join: (_conn, topic) => asked.push(topic) > 0 })
    policies.add('a*', { join: () => false })
    policies.add('ab', { join: (_conn, topic) => asked.push(topic) > 0 })
    expect(policies.allow('join', conn, 'ab')).toBe(false)
    expect(asked).toEqual(['ab'])
    expect(policies.allow('join', conn, 'b')).toBe(true)
  })

  it('take nothing but true for a yes', () => {
    const policies = new TopicPolicies()
    policies.add('*', { join: (() => Promise.resolve(true)) as unknown as () => boolean })
    expect(policies.allow('join', conn, 'a')).toBe(false)
  })

  it.each(['', 'a*b', '**', '*a'])('refuse the pattern %j', (pattern) => {
    expect(() => new TopicPolicies().add(pattern, {})).toThrow(thrown('LINKSPAN_OPTION'))
  })
})

describe('a connection under a policy', () => {
  it('joins what it may, and is told of what it may not', async () => {
    const { bench, conn } = await connected()
    bench.app.topics('room:*', { join: (_conn, topic) => topic === 'room:open' })
    conn.join('room:open')
    conn.join('lobby')
    expect(() => conn.join('room:closed')).toThrow(thrown('LINKSPAN_FORBIDDEN'))
    expect([...conn.topics]).toEqual(['room:open', 'lobby'])
    expect(bench.of('access')).toEqual([
      { action: 'join', topic: 'room:open', allowed: true },
      { action: 'join', topic: 'room:closed', allowed: false },
    ])
  })

  it('says what it may not do', async () => {
    const { bench, conn } = await connected()
    bench.app.topics('a', { join: () => false, publish: () => false })
    expect(() => conn.join('a')).toThrow('may not join this topic')
    expect(() => conn.to('a').send('x')).toThrow('may not send to this topic')
  })

  it('is asked at each send, whatever it was when the audience was made', async () => {
    let allowed = true
    const { bench, conn } = await connected()
    bench.app.topics('room', { publish: () => allowed })
    const room = conn.to('room')
    room.send('heard')
    allowed = false
    expect(() => room.send('unheard')).toThrow(thrown('LINKSPAN_FORBIDDEN'))
    bench.app.to('room').send('the server may')
    expect(bench.of('access').map((decision) => decision.allowed)).toEqual([true, false])
  })

  it('ends with 4003 where a handler does not catch it, and that is no error', async () => {
    const { bench, conn, transport } = await handled((conn) => conn.join('room'))
    bench.app.topics('room', { join: () => false })
    transport.receive('let me in')
    await turn()
    expect(transport.calls.at(-1)).toEqual({ call: 'close', code: 4003, reason: '' })
    expect(conn.state).toBe('closing')
    expect(bench.errors).toEqual([])
  })

  it('is refused with 403 where a middleware does not catch it', async () => {
    const bench = Bench.open().with((app) =>
      app.topics('room', { join: () => false }).use((conn, next) => {
        conn.join('room')
        return next()
      }),
    )
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected?.status).toBe(403)
    expect(bench.errors).toEqual([])
  })

  it('leaves what a renewed identity may not be in, and what it was going to join', async () => {
    const { bench, conn, go } = await arriving()
    bench.app.topics('room:*', { join: (conn) => conn.identity?.roles?.includes('staff') === true })
    conn.authenticate({ subject: 'ada', roles: ['staff'] })
    conn.join('room:1')
    conn.join('lobby')
    conn.renew({ subject: 'ada' })
    await go()
    expect([...conn.topics]).toEqual(['lobby'])
    conn.renew({ subject: 'ada', roles: ['staff'] })
    conn.join('room:2')
    expect([...conn.topics]).toEqual(['lobby', 'room:2'])
    conn.renew({ subject: 'ada', roles: [] })
    expect([...conn.topics]).toEqual(['lobby'])
    expect(bench.of('renewed').at(-1)).toEqual({
      before: { subject: 'ada', roles: ['staff'] },
      after: { subject: 'ada', roles: [] },
    })
  })

  it('keeps its identity and its topics where a renewal is refused', async () => {
    const { bench, conn, go } = await arriving()
    conn.authenticate({ subject: 'ada' })
    await go()
    expect(() => conn.renew({ subject: 'eve' })).toThrow(thrown('LINKSPAN_IDENTITY'))
    expect(conn.identity).toEqual({ subject: 'ada' })
    expect(bench.of('renewed')).toEqual([])
  })
})
